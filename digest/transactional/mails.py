"""Write to one person beside the digest.

None of these mails is a delivery of an edition: the ledger does not know them. So a paper that the
welcome shows may come in the first digest, too, which is chosen as if there had been no welcome.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from digest.ground.languages.language import ENGLISH, Language
from digest.ground.text.plain_text import clean, shorten
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.model import Edition, Pick, Subscriber
from digest.render.cards import make_card
from digest.render.destinations import paper_links
from digest.render.digest import wording
from digest.render.transactional import MailKind, Recipient
from digest.subscribers.opt_in import VALID_HOURS
from digest.subscribers.unsubscribe import UNDO_FOR, Step
from digest.subscribers.update_preferences import Notice
from digest.transactional.changes import Speaker
from digest.transactional.commands import said
from digest.transactional.mailer import Mailer, RecordingMailer

MOST_PAPERS = 5  # in a welcome
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class TransactionalMails:
    """Writes and sends. Every method returns whether the mail server took the mail.

    summarise: makes a summary of a title and an abstract.
    """

    mailer: Mailer | RecordingMailer
    links: LinkSigner
    tokens: TokenSigner
    topic_names: Mapping[str, str]
    summarise: Callable[[str, str], str]

    def confirm(self, recipient: Recipient, event_id: int) -> bool:
        """Ask for the confirmation of what the event records."""
        token = self.tokens.sign(TokenPurpose.CONFIRM, recipient.id, event_id, recipient.nonce)
        values = {"link": self._page("c", token), "hours": VALID_HOURS}
        return self.mailer.send(MailKind.CONFIRM, recipient, values, occasion=token)

    def already(self, subscriber: Subscriber, event_id: int) -> bool:
        """Say that the address, which somebody typed into the form, is subscribed already."""
        values = {
            **self._summary(subscriber),
            "preferences": self._preferences(subscriber),
        }
        recipient = _recipient(subscriber)
        return self.mailer.send(MailKind.ALREADY, recipient, values, occasion=str(event_id))

    def welcome(
        self, subscriber: Subscriber, edition: Edition | None, picks: Sequence[Pick]
    ) -> bool:
        """Welcome a new reader, with the first papers that the newest edition has for them."""
        language = self._language(subscriber)
        values = {
            **self._summary(subscriber),
            "papers": self._cards(subscriber, edition, picks) if edition else [],
            "date": wording.long_date(edition.date, language) if edition else "",
            "preferences": self._preferences(subscriber),
            "unsubscribe": self._page("u", self._token(Purpose.UNSUBSCRIBE, subscriber)),
        }
        occasion = self.mailer.clock().isoformat()
        return self.mailer.send(MailKind.WELCOME, _recipient(subscriber), values, occasion=occasion)

    def changed(self, notice: Notice) -> bool:
        """Tell a reader what of their preferences was changed, and how to undo that."""
        subscriber, languages = notice.subscriber, self.mailer.renderer.languages
        speaker = Speaker(self._language(subscriber), self.topic_names, languages)
        values = {
            **self._summary(subscriber),
            **self._undo(subscriber, notice.event),
            "changes": speaker.changes(notice.before, subscriber.preferences),
            "preferences": self._preferences(subscriber),
        }
        recipient = _recipient(subscriber)
        return self.mailer.send(MailKind.CHANGED, recipient, values, occasion=str(notice.event))

    def goodbye(self, step: Step) -> bool:
        """Tell a reader that this step has unsubscribed them, and how to undo that."""
        values = self._undo(step.subscriber, step.undo)
        recipient = _recipient(step.subscriber)
        return self.mailer.send(MailKind.GOODBYE, recipient, values, occasion=str(step.undo))

    def erased(self, subscriber: Subscriber) -> bool:
        """Tell somebody that their data is deleted. subscriber: as they were; the row is gone."""
        recipient = Recipient(subscriber.address, language=subscriber.preferences.language)
        occasion = self.mailer.clock().isoformat()
        return self.mailer.send(MailKind.ERASED, recipient, {}, occasion=occasion)

    def alert(
        self, address: str, heading: str, summary: str, lines: Sequence[str] = (), todo: str = ""
    ) -> bool:
        """Tell the operator what went wrong (heading), why (summary), and what to do.

        summary: a sentence, and on further lines what is known of each cause. Commands stand in
        backticks.
        """
        sentence, *causes = summary.splitlines() or [""]
        values = {
            "heading": clean(heading.replace("`", "")),
            "summary": said(sentence),
            "causes": list(map(said, causes)),
            "lines": list(map(said, lines)),
            "todo": said(todo),
        }
        occasion = f"{heading} {self.mailer.clock().isoformat()}"
        return self.mailer.send(MailKind.ALERT, Recipient(address), values, occasion=occasion)

    def test(self, recipient: Recipient, relay: str) -> bool:
        """Send a mail that says how it was sent. relay: the mail server, without a password."""
        letterhead, now = self.mailer.renderer.letterhead, self.mailer.clock()
        values = {
            "relay": relay,
            "sender": letterhead.sender_address,
            "base_url": letterhead.base_url,
            "moment": now.isoformat(timespec="seconds"),
        }
        return self.mailer.send(MailKind.TEST, recipient, values, occasion=now.isoformat())

    def _cards(
        self, subscriber: Subscriber, edition: Edition, picks: Sequence[Pick]
    ) -> list[dict[str, str]]:
        """Return the first papers as the template shows them."""
        language, letterhead = self._language(subscriber), self.mailer.renderer.letterhead
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
        return self.mailer.renderer.languages.get(subscriber.preferences.language, ENGLISH)

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
        return f"{self.mailer.renderer.letterhead.base_url}/{kind}/{token}"


def _recipient(subscriber: Subscriber) -> Recipient:
    language = subscriber.preferences.language
    return Recipient(subscriber.address, subscriber.id, language, subscriber.nonce)
