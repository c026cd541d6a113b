"""Compose answers to replies of readers: what was done and how to undo it, or what can be written.

What an answer says waits in the outbox as its `detail`: preferences as their record, dates in ISO
8601, messages to translate as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from digest.ground.languages.language import ENGLISH, N_, Language
from digest.ground.text.plain_text import clean, shorten
from digest.ground.tokens.links import Purpose
from digest.ground.tokens.reply_addresses import ReplyAddresses
from digest.model import MailKind, Message, Preferences, Subscriber
from digest.render.digest import wording
from digest.render.transactional import Recipient
from digest.subscribers.rules.field_kinds import Mistake
from digest.subscribers.rules.preferences import from_record, to_record
from digest.subscribers.unsubscribe import UNDO_FOR
from digest.transactional.changes import Speaker
from digest.transactional.mails import TransactionalMails

EXAMPLES = (
    (N_("1 3 more"), N_("more like papers 1 and 3 of that email")),
    (N_("less 5"), N_("less like paper 5")),
    (N_("mute crypto"), N_("never a paper that has this phrase")),
    (N_("more about diffusion"), N_("follow a topic, or an interest in your own words")),
    (N_("weekly on Friday"), N_("or: daily, weekdays")),
    (N_("at 7"), N_("the hour of the day")),
    (N_("5 papers"), N_("at most so many in an email")),
    (N_("pause until 1 Feb"), N_("or: pause for 2 weeks, resume")),
    (N_("undo"), N_("take back your last answer")),
    (N_("stop"), N_("end the subscription")),
)
_LONGEST_TITLE, _LONGEST_LINE = 160, 120


class Answered(NamedTuple):
    """The reply that a mail answers.

    edition: of the digest that it replied to. message_id: its own; empty when it is not known.
    """

    edition: date
    message_id: str = ""

    def detail(self) -> dict[str, Any]:
        """Return it for the outbox."""
        return {"edition": self.edition.isoformat(), "message_id": self.message_id}

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> "Answered":
        """Undo `detail`."""
        return cls(date.fromisoformat(detail["edition"]), detail["message_id"])


@dataclass(frozen=True, slots=True)
class ReplyNews:
    """What a reply has done. subscriber: as they were then; before: their preferences before.

    more, less: titles of papers. paused_until: the date that was set. undone: an earlier reply was
    taken back.
    """

    subscriber: Subscriber
    before: Preferences
    more: Sequence[str] = ()
    less: Sequence[str] = ()
    paused_until: date | None = None
    resumed: bool = False
    undone: bool = False

    def detail(self) -> dict[str, Any]:
        """Return it for the outbox, without who the reader is."""
        return {
            "before": to_record(self.before),
            "after": to_record(self.subscriber.preferences),
            "more": list(self.more),
            "less": list(self.less),
            "paused_until": self.paused_until.isoformat() if self.paused_until else None,
            "resumed": self.resumed,
            "undone": self.undone,
        }

    @classmethod
    def from_detail(cls, subscriber: Subscriber, detail: Mapping[str, Any]) -> "ReplyNews":
        """Undo `detail`. subscriber: as they are now."""
        until = detail["paused_until"]
        return cls(
            replace(subscriber, preferences=from_record(detail["after"])),
            from_record(detail["before"]),
            detail["more"],
            detail["less"],
            date.fromisoformat(until) if until else None,
            detail["resumed"],
            detail["undone"],
        )


@dataclass(frozen=True, slots=True)
class NotDone:
    """Why nothing was done of a reply.

    line: what was not understood. reason: why nothing was done of what was. asked: they asked for
    help.
    """

    line: str = ""
    reason: Mistake | None = None
    asked: bool = False

    def detail(self) -> dict[str, Any]:
        """Return it for the outbox."""
        reason = self.reason
        return {
            "line": shorten(clean(self.line), _LONGEST_LINE),
            "reason": reason.message if reason else "",
            "values": {name: str(value) for name, value in reason.values.items()} if reason else {},
            "asked": self.asked,
        }

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> "NotDone":
        """Undo `detail`."""
        reason = Mistake(detail["reason"], detail["values"]) if detail["reason"] else None
        return cls(detail["line"], reason, detail["asked"])


@dataclass(frozen=True, slots=True)
class ReplyAnswers:
    """Composes. Both methods return the message, dated `at`; errors like `compose`.

    addresses: makes those that these mails are answered to; None: their sender's.
    """

    mails: TransactionalMails
    addresses: ReplyAddresses | None

    def done(self, news: ReplyNews, to: Answered, occasion: str, *, at: datetime) -> Message:
        """Say what was done. occasion: tells mails apart."""
        subscriber = news.subscriber
        language = self._language(subscriber)
        speaker = Speaker(language, self.mails.topic_names, self.mails.renderer.languages)
        values = {
            "done": self._lines(news, language),
            "changes": speaker.changes(news.before, subscriber.preferences),
            "undone": news.undone,
            "by_mail": self.addresses is not None,
            "preferences": self._preferences(subscriber),
            "days": UNDO_FOR.days,
        }
        return self._compose(
            MailKind.REPLIED, self._recipient(subscriber, to), values, occasion, at
        )

    def not_done(
        self, subscriber: Subscriber, why: NotDone, to: Answered, occasion: str, *, at: datetime
    ) -> Message:
        """Say what can be written. occasion: tells mails apart."""
        language, reason = self._language(subscriber), why.reason
        values = {
            "asked": why.asked,
            "line": shorten(clean(why.line), _LONGEST_LINE),
            "reason": language.gettext(reason.message, **reason.values) if reason else "",
            "examples": [(language.gettext(say), language.gettext(so)) for say, so in EXAMPLES],
            "preferences": self._preferences(subscriber),
        }
        return self._compose(
            MailKind.UNCLEAR, self._recipient(subscriber, to), values, occasion, at
        )

    def _compose(
        self,
        kind: MailKind,
        recipient: Recipient,
        values: Mapping[str, Any],
        occasion: str,
        at: datetime,
    ) -> Message:
        return self.mails.renderer.compose(kind, recipient, values, occasion=occasion, now=at)

    def _lines(self, news: ReplyNews, language: Language) -> list[str]:
        say = language.gettext
        quoted = [
            (N_("More like “%(title)s”"), news.more),
            (N_("Less like “%(title)s”"), news.less),
        ]
        lines = [
            say(text, title=shorten(clean(title), _LONGEST_TITLE))
            for text, titles in quoted
            for title in titles
        ]
        if news.paused_until is not None:
            day = wording.long_date(news.paused_until, language)
            lines.append(say(N_("Paused: the next email comes on %(date)s or later"), date=day))
        if news.resumed:
            lines.append(say(N_("The pause is over")))
        return lines

    def _recipient(self, subscriber: Subscriber, to: Answered) -> Recipient:
        tag = subscriber.preferences.language
        one = (subscriber.address, subscriber.id, tag, subscriber.nonce)
        recipient = Recipient(*one, answered=to.message_id)
        if self.addresses is None:
            return recipient
        address = self.addresses.address(subscriber.id, subscriber.nonce, to.edition)
        return replace(recipient, reply_to=address)

    def _language(self, subscriber: Subscriber) -> Language:
        return self.mails.renderer.languages.get(subscriber.preferences.language, ENGLISH)

    def _preferences(self, subscriber: Subscriber) -> str:
        token = self.mails.links.token(Purpose.PREFERENCES, subscriber.id, subscriber.nonce)
        return f"{self.mails.renderer.letterhead.base_url}/p/{token}"
