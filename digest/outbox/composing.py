"""Compose a mail of the outbox from what is true when it is sent, or say why it is not sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from digest.accounts.store import accounts
from digest.delivery.rules.outcome import Outcome, skip
from digest.editions.store.editions import OpenEdition
from digest.ground.database.engine import Database
from digest.model import MailKind, Message, Pick, Subscriber, SubscriberState
from digest.outbox.store.mails import OutboxMail
from digest.render.transactional import Recipient
from digest.subscribers import unsubscribe
from digest.subscribers.opt_in import ENDED_BY, VALID_FOR, WELCOME
from digest.subscribers.store import events, subscribers, suppressions
from digest.subscribers.update_preferences import notice_of
from digest.transactional.mails import AlertNotice, SignInLink, TransactionalMails
from digest.transactional.reply_answers import Answered, NotDone, ReplyAnswers, ReplyNews

_SUBSCRIBED = (SubscriberState.ACTIVE, SubscriberState.PAUSED)
FirstPicks = Callable[[int], tuple[OpenEdition | None, Sequence[Pick]]]


@dataclass(frozen=True, slots=True)
class OutboxComposer:
    """Composes. finish: gives a mail its envelope sender and signatures, as its last change; for
    whoever has the nonce.

    first_picks: of a new reader (see `FirstPapers.choose`).
    """

    database: Database
    mails: TransactionalMails
    answers: ReplyAnswers
    finish: Callable[[Message, bytes, datetime], Message]
    first_picks: FirstPicks
    clock: Callable[[], datetime]

    def compose(self, mail: OutboxMail) -> Message | Outcome:
        """Return the finished message, with the mail's id as its key, or why it is not sent.

        NotFoundError when the newest edition cannot be made; ComposeError for a broken template or
        an address that no header can hold.
        """
        nonce = b""
        match mail.kind:
            case MailKind.ALERT:
                made: Message | Outcome = self._alert(mail)
            case MailKind.ERASED:
                made = self._erased(mail)
            case MailKind.SIGN_IN:
                made = self._sign_in(mail)
            case _:
                made, nonce = self._to_reader(mail)
        if isinstance(made, Outcome):
            return made
        return self.finish(made, nonce, mail.dated_at)._replace(key=mail.id)

    def _alert(self, mail: OutboxMail) -> Message:
        detail = {**mail.detail, "lines": tuple(mail.detail["lines"])}
        return self.mails.alert(AlertNotice(**detail), str(mail.id), at=mail.dated_at)

    def _sign_in(self, mail: OutboxMail) -> Message | Outcome:
        account_id, now = mail.detail["account"], self.clock()
        with self.database.read() as session:
            account = accounts.good_link(session, account_id, mail.event_id, now)
            ends_at = accounts.link_ends_at(session, mail.event_id)
        if account is None or ends_at is None:
            return skip("its link has been used, or has expired")
        role = "" if account.has_second_factor else account.role.value
        link = SignInLink(mail.event_id, account.id, account.address, account.nonce, ends_at, role)
        return self.mails.sign_in(link, at=mail.dated_at)

    def _erased(self, mail: OutboxMail) -> Message | Outcome:
        address, language = mail.detail["address"], mail.detail["language"]
        with self.database.read() as session:
            if suppressions.suppressed(session, [address]):
                return skip("the address is suppressed")
        return self.mails.erased(address, language, str(mail.id), at=mail.dated_at)

    def _to_reader(self, mail: OutboxMail) -> tuple[Message | Outcome, bytes]:
        """Return the message, or why there is none, and the reader's nonce."""
        with self.database.read() as session:
            found = subscribers.by_id(session, mail.subscriber_id)
            if found is None:
                return skip("the subscriber was erased"), b""
        return self._to(found, mail), found.nonce

    def _to(self, found: Subscriber, mail: OutboxMail) -> Message | Outcome:
        with self.database.read() as session:
            is_suppressed = found.state is SubscriberState.SUPPRESSED
            if is_suppressed or suppressions.suppressed(session, [found.address]):
                return skip("the address is suppressed")
            match mail.kind:
                case MailKind.CONFIRM:
                    return self._confirm(session, mail, found)
                case MailKind.CHANGED:
                    return self._changed(session, mail, found)
                case MailKind.GOODBYE:
                    return self._goodbye(session, mail, found)
        if found.state not in _SUBSCRIBED:
            return skip(f"the subscriber is {found.state.value}")
        match mail.kind:
            case MailKind.ALREADY:
                return self.mails.already(found, mail.event_id, at=mail.dated_at)
            case MailKind.REPLIED | MailKind.UNCLEAR:
                return self._answer(found, mail)
        edition, picks = self.first_picks(found.id)
        shown = edition.edition if edition else None
        return self.mails.welcome(found, shown, picks, mail.event_id, at=mail.dated_at)

    def _answer(self, found: Subscriber, mail: OutboxMail) -> Message:
        to, occasion, at = Answered.from_detail(mail.detail["to"]), str(mail.id), mail.dated_at
        if mail.kind is MailKind.REPLIED:
            news = ReplyNews.from_detail(found, mail.detail["news"])
            return self.answers.done(news, to, occasion, at=at)
        why = NotDone.from_detail(mail.detail["why"])
        return self.answers.not_done(found, why, to, occasion, at=at)

    def _confirm(self, session: Session, mail: OutboxMail, found: Subscriber) -> Message | Outcome:
        asked = events.get(session, mail.event_id)
        ended = events.newest(session, found.id, *ENDED_BY)
        if found.state not in WELCOME or (ended is not None and ended.id > mail.event_id):
            return skip("its link has been used or is not wanted any more")
        if asked is None or self.clock() - asked.at > VALID_FOR:
            return skip("its link has expired")
        language = mail.detail.get("language", found.preferences.language)
        recipient = Recipient(found.address, found.id, language, found.nonce)
        return self.mails.confirm(recipient, mail.event_id, at=mail.dated_at)

    def _changed(self, session: Session, mail: OutboxMail, found: Subscriber) -> Message | Outcome:
        notice = notice_of(session, found, mail.event_id)
        if notice is None or found.state is not SubscriberState.ACTIVE:
            return skip(f"the subscriber is {found.state.value}")
        return self.mails.changed(notice, at=mail.dated_at)

    def _goodbye(self, session: Session, mail: OutboxMail, found: Subscriber) -> Message | Outcome:
        undo = unsubscribe.way_back(session, found.id, self.clock())
        if not undo:
            return skip(f"the subscriber is {found.state.value}")
        return self.mails.goodbye(found, undo, at=mail.dated_at)
