"""Say what a reply would do, without doing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from digest.errors import NotFoundError
from digest.ground.time.due_times import local_date
from digest.intake.incoming import read_mail
from digest.intake.reading_replies import ReadReply, read_reply, understood_as, understood_by
from digest.intake.reply_mails import ReplyIntake
from digest.intake.store import reader_replies
from digest.intake.tokens import IdentifyReply
from digest.replies.commands import Command
from digest.replies.understanding import Understood
from digest.subscribers.store import subscribers

_MOST_PAPERS = 500  # of a mail that nobody knows


@dataclass(frozen=True, slots=True)
class Trial:
    """What a reply would do. subscriber_id, edition: of its token; 0 and None without one.

    automatic: why nobody meant it. commands: none when it is not understood; line: where not.
    lines: what was taken for the reader's own.
    """

    subscriber_id: int
    edition: date | None
    automatic: str
    commands: Sequence[Command]
    line: str
    lines: Sequence[str]


def try_reply(intake: ReplyIntake, identify: IdentifyReply, raw: bytes) -> Trial:
    """Read a reply; InputError for what is no mail, NotFoundError when its reader was erased.

    identify: which mail of whom its addresses answer.
    """
    mail = read_mail(raw)
    reply = read_reply(raw, mail, identify(mail.addressed))
    understood = _understood(intake, reply)
    return Trial(
        reply.subscriber_id,
        reply.edition,
        reply.automatic,
        understood.commands,
        understood.line,
        reply.lines,
    )


def _understood(intake: ReplyIntake, reply: ReadReply) -> Understood:
    now = intake.clock()
    if reply.edition is None:
        return understood_as(reply, local_date("UTC", now), intake.topics, _MOST_PAPERS)
    with intake.database.read() as session:
        found = subscribers.by_id(session, reply.subscriber_id)
        papers = reader_replies.papers_of_mail(session, reply.subscriber_id, reply.edition)
    if found is None:
        raise NotFoundError("Its reader was erased.")
    return understood_by(reply, found, intake.topics, len(papers), now)
