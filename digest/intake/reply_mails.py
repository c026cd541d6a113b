"""Act on the replies of readers: all that a reply says, or nothing.

The token in the address that it came to says which reader and which mail; who sent it counts for
nothing, so the answer goes to the reader. One transaction looks, acts and records, so that the same
mail twice counts once.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from digest.errors import InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.text.plain_text import clean
from digest.ground.tokens.reply_addresses import read_reply_address
from digest.intake.applying import Applier, Done
from digest.intake.incoming import read_mail
from digest.intake.reading_replies import ReadReply, read_reply, understood_by
from digest.intake.store import reader_replies
from digest.intake.unsubscribe_mails import Fate, Receipt
from digest.model import Subscriber, SubscriberState
from digest.replies.commands import Kind
from digest.subscribers.rules.field_kinds import Mistake
from digest.subscribers.rules.preferences import PreferencesError
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.subscribers.store import subscribers
from digest.transactional.reply_answers import ReplyAnswers

KEPT = timedelta(days=30)
ANSWERS_A_DAY = 10  # a reader
_DAY = timedelta(days=1)
_LONGEST_KEPT = 4000  # characters of a reply that was not understood
_LIVING = (SubscriberState.ACTIVE, SubscriberState.PAUSED)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What became of a reply, before anybody is told. id: of its record; 0 when there is none.

    line: what was not understood; reason: why nothing was done of what was.
    """

    fate: Fate
    said: str
    subscriber: Subscriber | None = None
    id: int = 0
    done: Done | None = None
    line: str = ""
    reason: Mistake | None = None
    answer: bool = False
    tell_operator: bool = False


@dataclass(frozen=True)
class ReplyIntake:
    """Takes replies. keys: of the tokens. topics: slugs by names and slugs in small letters.

    tell_operator: writes to the operator (reader's id, edition, lines).
    """

    database: Database
    keys: Sequence[bytes]
    topics: Mapping[str, str]
    vocabulary: Vocabulary
    answers: ReplyAnswers
    tell_operator: Callable[[int, date, Sequence[str]], object]
    clock: Callable[[], datetime]

    def receive(self, raw: bytes, recipients: Sequence[str] = ()) -> Receipt | None:
        """Take one message; None when it came to no reply address of ours.

        recipients: what the mail server says that it was delivered to.
        """
        reply = self.read(raw, recipients)
        if reply is None or reply.edition is None:
            return None
        if reply.automatic:
            return Receipt(Fate.AUTOMATIC, f"This is {reply.automatic}; nothing was done.")
        with self.database.write() as session:
            taken = self._take(session, reply, self.clock())
        self._tell(taken, reply, reply.edition)
        return Receipt(taken.fate, taken.said)

    def read(self, raw: bytes, recipients: Sequence[str] = ()) -> ReadReply | None:
        """Read a message; its edition is None when it came to no reply address of ours.

        None for what is no mail, or too large.
        """
        try:
            mail = read_mail(raw, recipients)
        except InputError:
            return None
        return read_reply(raw, mail, read_reply_address(self.keys, mail.addressed))

    def _take(self, session: Session, reply: ReadReply, now: datetime) -> _Taken:
        found = subscribers.by_id(session, reply.subscriber_id, lock=True)
        if found is None:
            return _Taken(Fate.ALREADY, "Its reader was erased; nothing was done.")
        message_hash = _hash(reply)
        if reader_replies.is_known(session, message_hash):
            return _Taken(Fate.ALREADY, "This reply was taken before.")
        papers = self._papers(session, reply)
        understood = understood_by(reply, found, self.topics, len(papers), now)
        kinds = {command.kind for command in understood.commands}
        if not kinds:
            return self._unclear(session, found, reply, message_hash, now, line=understood.line)
        if Kind.HELP in kinds:
            answer = self._may_answer(session, found, now, unclear=False)
            reply_id = reader_replies.record(
                *(session, found.id, message_hash), at=now, commands=["help"], answered=answer
            )
            said = f"Subscriber {found.id} asked for help."
            return _Taken(Fate.APPLIED, said, found, reply_id, answer=answer)
        if found.state not in _LIVING and not kinds & {Kind.STOP, Kind.UNDO}:
            said = f"Subscriber {found.id} is {found.state.value}; nothing was done."
            return _Taken(Fate.ALREADY, said)
        try:
            done = Applier(self.topics, self.vocabulary).apply(
                session, found, understood.commands, papers, now
            )
        except (InputError, NotFoundError) as exc:
            return self._unclear(session, found, reply, message_hash, now, reason=_reason(exc))
        answer = self._may_answer(session, done.news.subscriber, now, unclear=False)
        commands = [str(command) for command in understood.commands]
        reply_id = reader_replies.record(
            *(session, found.id, message_hash),
            at=now,
            commands=commands,
            before=done.restore,
            answered=answer,
        )
        words = f"Subscriber {found.id}: {len(commands)} done."
        return _Taken(Fate.APPLIED, words, done.news.subscriber, reply_id, done, answer=answer)

    def _papers(self, session: Session, reply: ReadReply) -> tuple[int, ...]:
        if reply.edition is None:
            return ()
        return reader_replies.papers_of_mail(session, reply.subscriber_id, reply.edition)

    def _unclear(
        self,
        session: Session,
        found: Subscriber,
        reply: ReadReply,
        message_hash: str,
        now: datetime,
        *,
        line: str = "",
        reason: Mistake | None = None,
    ) -> _Taken:
        """Keep a reply that nothing was done of."""
        answer = self._may_answer(session, found, now, unclear=True)
        today, _ = reader_replies.count(session, found.id, now - _DAY, unclear=True)
        text = clean(" / ".join(reply.lines))[:_LONGEST_KEPT]
        reply_id = reader_replies.record(
            *(session, found.id, message_hash), at=now, text=text, answered=answer
        )
        return _Taken(
            Fate.UNCLEAR,
            f"Subscriber {found.id}: not understood; nothing was done.",
            found,
            reply_id,
            line=line,
            reason=reason,
            answer=answer,
            tell_operator=today < ANSWERS_A_DAY,
        )

    def _may_answer(
        self, session: Session, found: Subscriber, now: datetime, *, unclear: bool
    ) -> bool:
        """Return whether a reply is answered: not to who has left, and not endlessly."""
        if found.state not in _LIVING or subscribers.suppressed(session, [found.address]):
            return False
        _, answered = reader_replies.count(session, found.id, now - _DAY)
        _, helped = reader_replies.count(session, found.id, now - _DAY, unclear=True)
        return answered < ANSWERS_A_DAY and not (unclear and helped)

    def _tell(self, taken: _Taken, reply: ReadReply, edition: date) -> None:
        """Write to the reader, and to the operator what was not understood."""
        if taken.tell_operator:
            self.tell_operator(reply.subscriber_id, edition, reply.lines)
        if taken.done is not None and taken.done.left is not None:
            if taken.done.left.tell:
                self.answers.mails.goodbye(taken.done.left)
            return
        if taken.subscriber is None or not taken.answer:
            return
        to = (taken.subscriber, edition, reply.message_id, taken.id)
        if taken.done is not None:
            self.answers.done(taken.done.news, *to[1:])
        else:
            asked = taken.fate is Fate.APPLIED
            self.answers.unclear(*to, line=taken.line, reason=taken.reason, asked=asked)


def forget(database: Database, now: datetime) -> int:
    """Delete the replies that are older than KEPT; count them."""
    with database.write() as session:
        return reader_replies.forget(session, now - KEPT)


def _hash(reply: ReadReply) -> str:
    """Return what tells replies apart: the reader, and the Message-ID or the octets."""
    own = reply.message_id or reply.digest
    return hashlib.sha256(f"{reply.subscriber_id}\0{own}".encode()).hexdigest()


def _reason(exc: InputError | NotFoundError) -> Mistake:
    if isinstance(exc, PreferencesError):
        return next(mistake for found in exc.mistakes.values() for mistake in found)
    return Mistake(str(exc), {})
