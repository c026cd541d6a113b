"""Compose mails to one person beside the digest.

None of these mails is a delivery of an edition: the ledger does not know them. So a paper that the
welcome shows may come in the first digest, too, which is chosen as if there had been no welcome.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from digest.ground.languages.language import ENGLISH, Language
from digest.ground.text.plain_text import clean, shorten
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.model import Edition, MailKind, Message, Pick, Subscriber
from digest.render.cards import make_card
from digest.render.destinations import paper_links
from digest.render.digest import wording
from digest.render.transactional import Recipient, TransactionalRenderer
from digest.subscribers.opt_in import VALID_HOURS
from digest.subscribers.unsubscribe import UNDO_FOR
from digest.subscribers.update_preferences import Notice
from digest.transactional.changes import Speaker
from digest.transactional.commands import said

MOST_PAPERS = 5  # in a welcome
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class AlertNotice:
    """What an operator is told.

    summary: a sentence, and on further lines what is known of each cause. Commands stand in
    backticks. link: the address of the console, if there is one.
    """

    address: str
    heading: str
    summary: str
    lines: tuple[str, ...] = ()
    todo: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A link that signs an account of the console in once. nonce: the account's.

    role: of an account that is to be set up by it; empty for one that is.
    """

    id: int
    account_id: int
    address: str
    nonce: bytes
    ends_at: datetime
    role: str = ""


@dataclass(frozen=True, slots=True)
class TransactionalMails:
    """Composes. Every method returns the message, dated `at`; errors like `compose`.

    summarise: makes a summary of a title and an abstract.
    """

    renderer: TransactionalRenderer
    links: LinkSigner
    tokens: TokenSigner
    topic_names: Mapping[str, str]
    summarise: Callable[[str, str], str]

    def confirm(self, recipient: Recipient, event_id: int, *, at: datetime) -> Message:
        """Ask for the confirmation of what the event records, or for a word that it is wrong."""
        claim = recipient.id, event_id, recipient.nonce
        values = {
            "link": self._page("c", self.tokens.sign(TokenPurpose.CONFIRM, *claim)),
            "refuse": self._page("not-me", self.tokens.sign(TokenPurpose.REFUSE, *claim)),
            "hours": VALID_HOURS,
        }
        return self._compose(MailKind.CONFIRM, recipient, values, str(event_id), at)

    def already(self, subscriber: Subscriber, event_id: int, *, at: datetime) -> Message:
        """Say that the address, which somebody typed into the form, is subscribed already."""
        values = {
            **self._summary(subscriber),
            "preferences": self._preferences(subscriber),
        }
        recipient = _recipient(subscriber)
        return self._compose(MailKind.ALREADY, recipient, values, str(event_id), at)

    def welcome(
        self,
        subscriber: Subscriber,
        edition: Edition | None,
        picks: Sequence[Pick],
        event_id: int,
        *,
        at: datetime,
    ) -> Message:
        """Welcome a new reader, with the first papers that the newest edition has for them.

        event_id: their confirmation.
        """
        language = self._language(subscriber)
        values = {
            **self._summary(subscriber),
            "papers": self._cards(subscriber, edition, picks) if edition else [],
            "date": wording.long_date(edition.date, language) if edition else "",
            "preferences": self._preferences(subscriber),
            "unsubscribe": self._page("u", self._token(Purpose.UNSUBSCRIBE, subscriber)),
        }
        recipient = _recipient(subscriber)
        return self._compose(MailKind.WELCOME, recipient, values, str(event_id), at)

    def changed(self, notice: Notice, *, at: datetime) -> Message:
        """Tell a reader what of their preferences was changed, and how to undo that."""
        subscriber, languages = notice.subscriber, self.renderer.languages
        speaker = Speaker(self._language(subscriber), self.topic_names, languages)
        values = {
            **self._summary(subscriber),
            **self._undo(subscriber, notice.event),
            "changes": speaker.changes(notice.before, subscriber.preferences),
            "preferences": self._preferences(subscriber),
        }
        recipient = _recipient(subscriber)
        return self._compose(MailKind.CHANGED, recipient, values, str(notice.event), at)

    def goodbye(self, subscriber: Subscriber, undo: int, *, at: datetime) -> Message:
        """Tell a reader that they are unsubscribed, and how to undo that. undo: the event."""
        values = self._undo(subscriber, undo)
        return self._compose(MailKind.GOODBYE, _recipient(subscriber), values, str(undo), at)

    def erased(self, address: str, language: str, occasion: str, *, at: datetime) -> Message:
        """Tell somebody that their data is deleted. occasion: tells mails apart."""
        recipient = Recipient(address, language=language)
        return self._compose(MailKind.ERASED, recipient, {}, occasion, at)

    def alert(self, notice: AlertNotice, occasion: str, *, at: datetime) -> Message:
        """Tell the operator what went wrong, why, and what to do. occasion: tells mails apart."""
        sentence, *causes = notice.summary.splitlines() or [""]
        values = {
            "heading": clean(notice.heading.replace("`", "")),
            "summary": said(sentence),
            "causes": list(map(said, causes)),
            "lines": list(map(said, notice.lines)),
            "todo": said(notice.todo),
            "link": notice.link,
        }
        recipient = Recipient(notice.address)
        return self._compose(MailKind.ALERT, recipient, values, occasion, at)

    def sign_in(self, link: SignInLink, *, at: datetime) -> Message:
        """Send an account of the console the link that signs it in."""
        token = self.tokens.sign(TokenPurpose.ACCOUNT, link.account_id, link.id, link.nonce)
        values = {
            "link": self._page("admin/link", token),
            "role": link.role,
            "until": link.ends_at.strftime("%Y-%m-%d %H:%M UTC"),
        }
        return self._compose(MailKind.SIGN_IN, Recipient(link.address), values, str(link.id), at)

    def test(self, recipient: Recipient, relay: str, *, at: datetime) -> Message:
        """Say how a mail was sent. relay: the mail server, without a password."""
        letterhead = self.renderer.letterhead
        values = {
            "relay": relay,
            "sender": letterhead.sender_address,
            "base_url": letterhead.base_url,
            "moment": at.isoformat(timespec="seconds"),
        }
        return self._compose(MailKind.TEST, recipient, values, at.isoformat(), at)

    def _compose(
        self,
        kind: MailKind,
        recipient: Recipient,
        values: Mapping[str, Any],
        occasion: str,
        at: datetime,
    ) -> Message:
        return self.renderer.compose(kind, recipient, values, occasion=occasion, now=at)

    def _cards(
        self, subscriber: Subscriber, edition: Edition, picks: Sequence[Pick]
    ) -> list[dict[str, str]]:
        """Return the first papers as the template shows them."""
        language, letterhead = self._language(subscriber), self.renderer.letterhead
        base_url = letterhead.base_url
        papers = {each.paper.id: each.paper for each in edition.candidates}
        vote = self._token(Purpose.VOTE, subscriber, edition.date)
        cards = []
        for pick in picks[:MOST_PAPERS]:
            card = make_card(papers[pick.paper_id], base_url, self.summarise, language)
            links = paper_links(papers[pick.paper_id], base_url, vote)
            shown = {
                "title": shorten(card.title, _LONGEST_TITLE),
                "url": card.url,
                "summary": card.summary,
                "reason": wording.reason_text(pick.reason, self.topic_names, language),
                "more": links.more,
                "less": links.less,
            }
            cards.append(shown)
        return cards

    def _language(self, subscriber: Subscriber) -> Language:
        return self.renderer.languages.get(subscriber.preferences.language, ENGLISH)

    def _summary(self, subscriber: Subscriber) -> dict[str, str]:
        language, preferences = self._language(subscriber), subscriber.preferences
        return {
            "topics": wording.topics_line(
                wording.by_weight(preferences.topics),
                preferences.interests,
                self.topic_names,
                language,
            ),
            "schedule": wording.schedule_text(preferences.schedule, language),
        }

    def _undo(self, subscriber: Subscriber, event_id: int) -> dict[str, object]:
        token = self.tokens.sign(TokenPurpose.UNDO, subscriber.id, event_id, subscriber.nonce)
        return {"undo": self._page("undo", token), "days": UNDO_FOR.days}

    def _preferences(self, subscriber: Subscriber) -> str:
        return self._page("p", self._token(Purpose.PREFERENCES, subscriber))

    def _token(self, purpose: Purpose, one: Subscriber, edition: date | None = None) -> str:
        return self.links.token(purpose, one.id, one.nonce, edition)

    def _page(self, kind: str, token: str) -> str:
        return f"{self.renderer.letterhead.base_url}/{kind}/{token}"


def _recipient(subscriber: Subscriber) -> Recipient:
    language = subscriber.preferences.language
    return Recipient(subscriber.address, subscriber.id, language, subscriber.nonce)
