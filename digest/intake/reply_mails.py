"""Act on the replies of readers: all that a reply says, or nothing.

The token in the address that it came to says which reader and which mail; who sent it counts for
nothing, so the answer goes to the reader. One transaction looks, acts, records and queues the
answer, so that the same mail twice counts once, and what was done is answered.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from digest.errors import InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.database.tables.intake import Fate
from digest.ground.languages.language import N_
from digest.ground.text.plain_text import clean
from digest.ground.tokens.claims import Claim
from digest.intake import answering
from digest.intake.applying import Applier
from digest.intake.incoming import Incoming
from digest.intake.reading_replies import ReadReply, read_reply, understood_by
from digest.intake.store import reader_replies
from digest.intake.taking import Receipt
from digest.model import Subscriber, SubscriberState
from digest.replies.commands import Command, Kind
from digest.replies.understanding import Understood
from digest.subscribers.rules.field_kinds import Mistake
from digest.subscribers.rules.preferences import PreferencesError
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.subscribers.store import subscribers, suppressions
from digest.transactional.reply_answers import Answered, NotDone

KEPT = timedelta(days=30)
ANSWERS_A_DAY = 10  # a reader
_DAY = timedelta(days=1)
_LONGEST_KEPT = 4000  # characters of a reply that was not understood
_LIVING = (SubscriberState.ACTIVE, SubscriberState.PAUSED)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A reply, whose it is and what it answers. hash: tells it from every other."""

    reply: ReadReply
    edition: date
    found: Subscriber
    now: datetime

    @property
    def hash(self) -> str:
        own = self.reply.message_id or self.reply.digest
        return hashlib.sha256(f"{self.found.id}\0{own}".encode()).hexdigest()

    @property
    def answered(self) -> Answered:
        return Answered(self.edition, self.reply.message_id)


@dataclass(frozen=True)
class ReplyIntake:
    """Takes replies. topics: slugs by names and slugs in small letters.

    operator: the address that gets what was not understood; empty for none.
    """

    database: Database
    topics: Mapping[str, str]
    vocabulary: Vocabulary
    operator: str
    clock: Callable[[], datetime]

    def take(self, raw: bytes, mail: Incoming, claim: Claim) -> Receipt:
        """Take one reply. mail: its header; claim: of the reply address that it came to."""
        if claim.edition is None:
            raise ValueError("a reply address names an edition")
        reply = read_reply(raw, mail, claim)
        if reply.automatic:
            return Receipt(Fate.AUTOMATIC, f"This is {reply.automatic}; nothing was done.")
        with self.database.write() as session:
            found = subscribers.by_id(session, reply.subscriber_id, lock=True)
            if found is None:
                return Receipt(Fate.ALREADY, "Its reader was erased; nothing was done.")
            return self._act(session, _Asking(reply, claim.edition, found, self.clock()))

    def _act(self, session: Session, one: _Asking) -> Receipt:
        if reader_replies.is_known(session, one.hash):
            return Receipt(Fate.ALREADY, "This reply was taken before.")
        papers = reader_replies.papers_of_mail(session, one.found.id, one.edition)
        understood = understood_by(one.reply, one.found, self.topics, len(papers), one.now)
        kinds = {command.kind for command in understood.commands}
        if not kinds:
            return self._keep(session, one, _why_not(understood, len(papers)))
        if Kind.HELP in kinds:
            return self._help(session, one)
        if one.found.state not in _LIVING and not kinds & {Kind.STOP, Kind.UNDO}:
            said = f"Subscriber {one.found.id} is {one.found.state.value}; nothing was done."
            return Receipt(Fate.ALREADY, said)
        return self._apply(session, one, understood.commands, papers)

    def _apply(
        self, session: Session, one: _Asking, commands: tuple[Command, ...], papers: tuple[int, ...]
    ) -> Receipt:
        applier = Applier(self.topics, self.vocabulary)
        try:
            done = applier.apply(session, one.found, commands, papers, one.now)
        except (InputError, NotFoundError) as exc:
            return self._keep(session, one, NotDone(reason=_reason(exc)))
        answer = self._may_answer(session, done.news.subscriber, one.now, unclear=False)
        reader_replies.record(
            *(session, one.found.id, one.hash),
            at=one.now,
            commands=[str(command) for command in commands],
            before=done.restore,
            answered=answer,
        )
        if answer:
            answering.tell_done(session, done.news, one.answered, one.now)
        return Receipt(Fate.APPLIED, f"Subscriber {one.found.id}: {len(commands)} done.")

    def _help(self, session: Session, one: _Asking) -> Receipt:
        answer = self._may_answer(session, one.found, one.now, unclear=False)
        reader_replies.record(
            *(session, one.found.id, one.hash), at=one.now, commands=["help"], answered=answer
        )
        if answer:
            why = NotDone(asked=True)
            answering.tell_not_done(session, one.found.id, why, one.answered, one.now)
        return Receipt(Fate.APPLIED, f"Subscriber {one.found.id} asked for help.")

    def _keep(self, session: Session, one: _Asking, why: NotDone) -> Receipt:
        """Keep a reply that nothing was done of."""
        reader, now, lines = one.found.id, one.now, one.reply.lines
        answer = self._may_answer(session, one.found, now, unclear=True)
        today, _ = reader_replies.count(session, reader, now - _DAY, unclear=True)
        text = clean(" / ".join(lines))[:_LONGEST_KEPT]
        reply_id = reader_replies.record(
            session, reader, one.hash, at=now, text=text, answered=answer
        )
        if answer:
            answering.tell_not_done(session, reader, why, one.answered, now)
        if self.operator and today < ANSWERS_A_DAY:
            whose = (reader, reply_id, one.edition)
            answering.tell_operator(session, self.operator, *whose, lines, now)
        return Receipt(Fate.UNCLEAR, f"Subscriber {reader}: not understood; nothing was done.")

    def _may_answer(
        self, session: Session, found: Subscriber, now: datetime, *, unclear: bool
    ) -> bool:
        """Return whether a reply is answered: not to who has left, and not endlessly."""
        if found.state not in _LIVING or suppressions.suppressed(session, [found.address]):
            return False
        _, answered = reader_replies.count(session, found.id, now - _DAY)
        _, helped = reader_replies.count(session, found.id, now - _DAY, unclear=True)
        return answered < ANSWERS_A_DAY and not (unclear and helped)


def forget(database: Database, now: datetime) -> int:
    """Delete the replies that are older than KEPT; count them."""
    with database.write() as session:
        return reader_replies.forget(session, now - KEPT)


def _why_not(understood: Understood, papers: int) -> NotDone:
    """Return why nothing was done of a reply. papers: of the mail it answers, 0 if not known."""
    if not understood.missing:
        return NotDone(understood.line)
    if not papers:
        return NotDone(
            understood.line, Mistake(N_("The papers of that email are not known here."), {})
        )
    text = N_("There is no paper %(number)s in that email.")
    return NotDone(understood.line, Mistake(text, {"number": understood.missing}))


def _reason(exc: InputError | NotFoundError) -> Mistake:
    if isinstance(exc, PreferencesError):
        return next(mistake for found in exc.mistakes.values() for mistake in found)
    return Mistake(str(exc), {})
