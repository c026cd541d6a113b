"""A request that names itself runs once: its repeat gets the stored answer.

The claim is one transaction, the work has its own, the answer is a third. So a process that is
killed between the last two leaves work done and no answer; the claim then lapses, and the repeat
runs again. That is harmless, because whatever is asked for here is harmless twice: a dump that was
loaded is known, an edition that is open stays as it is, a planned delivery is not planned again, an
address that was added is reported as known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.api_keys.store import idempotency
from digest.api_keys.store.idempotency import Answer
from digest.errors import ConflictError, InputError
from digest.ground.database.engine import Database

KEPT_FOR = timedelta(hours=24)
RUNS_AT_MOST = timedelta(minutes=10)  # a claim without an answer is then taken for dead


class BusyError(ConflictError):
    """A request with this key runs at this moment."""


@dataclass(frozen=True, slots=True)
class Named:
    """A request with a name. fingerprint: SHA-256, hex, of all that makes it what it is."""

    api_key_id: int
    key: str
    fingerprint: str


def once(
    database: Database,
    request: Named,
    work: Callable[[], Answer],
    clock: Callable[[], datetime],
) -> tuple[Answer, bool]:
    """Do the work, or return the answer of the request that did it; and whether it is an old one.

    InputError when the name was used for another request; BusyError when one of that name runs. An
    answer from 500 on is not kept, and neither is any when `work` raises: both may be tried again.
    """
    since = clock()
    with database.write() as session:
        idempotency.forget(session, since - KEPT_FOR, unanswered_before=since - RUNS_AT_MOST)
        known = idempotency.claim(
            session, request.api_key_id, request.key, request.fingerprint, since
        )
    if known is not None:
        if known.fingerprint != request.fingerprint:
            raise InputError("this Idempotency-Key was used for another request")
        if known.answer is None:
            raise BusyError("a request with this Idempotency-Key is running; ask again in a while")
        return known.answer, True
    answer = None
    try:
        answer = work()
    finally:
        with database.write() as session:
            if answer is None or answer.status >= 500:
                idempotency.release(session, request.api_key_id, request.key, since)
            else:
                idempotency.save(session, request.api_key_id, request.key, since, answer)
    return answer, False


def forget_answers(database: Database, now: datetime) -> int:
    """Delete the answers that nobody may ask for any more; return how many."""
    with database.write() as session:
        return idempotency.forget(session, now - KEPT_FOR, unanswered_before=now - RUNS_AT_MOST)
