"""Answer the replies of readers: what was done and how to undo it, or what can be written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from digest.ground.languages.language import ENGLISH, N_, Language
from digest.ground.text.plain_text import clean, shorten
from digest.ground.tokens.links import Purpose
from digest.ground.tokens.reply_addresses import ReplyAddresses
from digest.model import Preferences, Subscriber
from digest.render.digest import wording
from digest.render.transactional import MailKind, Recipient
from digest.subscribers.rules.field_kinds import Mistake
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


@dataclass(frozen=True, slots=True)
class ReplyNews:
    """What a reply has done. subscriber: as they are now; before: their preferences before.

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


@dataclass(frozen=True, slots=True)
class ReplyAnswers:
    """Writes and sends; each method returns whether the mail server took the mail.

    addresses: makes those that these mails are answered to; None: their sender's.
    """

    mails: TransactionalMails
    addresses: ReplyAddresses | None

    def done(self, news: ReplyNews, edition: date, message_id: str, reply_id: int) -> bool:
        """Say what was done. edition, message_id: of the mail that was answered, and the reply."""
        subscriber = news.subscriber
        language = self._language(subscriber)
        speaker = Speaker(language, self.mails.topic_names, self.mails.mailer.renderer.languages)
        values = {
            "done": self._lines(news, language),
            "changes": speaker.changes(news.before, subscriber.preferences),
            "undone": news.undone,
            "by_mail": self.addresses is not None,
            "preferences": self._preferences(subscriber),
            "days": UNDO_FOR.days,
        }
        recipient = self._recipient(subscriber, edition, message_id)
        occasion = f"reply {reply_id}"
        return self.mails.mailer.send(MailKind.REPLIED, recipient, values, occasion=occasion)

    def unclear(
        self,
        subscriber: Subscriber,
        edition: date,
        message_id: str,
        reply_id: int,
        *,
        line: str = "",
        reason: Mistake | None = None,
        asked: bool = False,
    ) -> bool:
        """Say what can be written. line: what was not understood; reason: why nothing was done.

        asked: they asked for help.
        """
        language = self._language(subscriber)
        values = {
            "asked": asked,
            "line": shorten(clean(line), _LONGEST_LINE),
            "reason": language.gettext(reason.message, **reason.values) if reason else "",
            "examples": [(language.gettext(say), language.gettext(so)) for say, so in EXAMPLES],
            "preferences": self._preferences(subscriber),
        }
        recipient = self._recipient(subscriber, edition, message_id)
        occasion = f"reply {reply_id}"
        return self.mails.mailer.send(MailKind.UNCLEAR, recipient, values, occasion=occasion)

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

    def _recipient(self, subscriber: Subscriber, edition: date, message_id: str) -> Recipient:
        tag = subscriber.preferences.language
        recipient = Recipient(subscriber.address, subscriber.id, tag, answered=message_id)
        if self.addresses is None:
            return recipient
        return replace(recipient, reply_to=self.addresses.address(subscriber.id, edition))

    def _language(self, subscriber: Subscriber) -> Language:
        return self.mails.mailer.renderer.languages.get(subscriber.preferences.language, ENGLISH)

    def _preferences(self, subscriber: Subscriber) -> str:
        base_url = self.mails.mailer.renderer.letterhead.base_url
        return f"{base_url}/p/{self.mails.links.token(Purpose.PREFERENCES, subscriber.id)}"
