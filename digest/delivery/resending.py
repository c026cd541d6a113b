"""Send one reader the mail of the newest edition once more, because somebody asked for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from digest.delivery.store import reader_ledger, retries
from digest.editions.rules.freshness import Freshness
from digest.errors import ConflictError, NotFoundError
from digest.ground.database.engine import Database
from digest.model import DeliveryState, SubscriberState
from digest.runs import runs
from digest.subscribers.store import subscribers
from digest.subscribers.unsubscribe import existing

_UNDER_WAY = (DeliveryState.QUEUED, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Resent:
    """What was queued again. state: that it was in. stale: it is too old for the scheduler."""

    edition: date
    state: DeliveryState
    stale: bool


def resend(
    database: Database, subscriber_id: int, fresh: Freshness, clock: Callable[[], datetime]
) -> Resent:
    """Queue the newest mail of an active reader again, whatever became of it: the same bytes.

    NotFoundError when there is no such reader, or no mail; ConflictError when it is on its way, the
    reader gets none, or the edition was cancelled.
    """
    with database.read() as session:
        found = existing(subscribers.by_id(session, subscriber_id))
        mails = reader_ledger.kept(session, subscriber_id)
    if found.state is not SubscriberState.ACTIVE:
        raise ConflictError(f"This reader is {found.state.value}, and gets no mail.")
    if not mails:
        raise NotFoundError("No edition has a mail to this reader that could be sent again.")
    newest = max(mails, key=lambda mail: mail.edition)
    if newest.state in _UNDER_WAY:
        raise ConflictError("This mail is on its way already.")
    now = clock()
    with runs.recorded(database, "retry", clock) as note, database.write() as session:
        queued = retries.queue_again(
            session, newest.edition, now=now, state=newest.state, readers=[subscriber_id]
        )
        if not queued:
            raise ConflictError("The edition was cancelled, or the mail has changed since.")
        note.report = {"queued": {newest.edition.isoformat(): 1}, "state": newest.state.value}
    return Resent(newest.edition, newest.state, not fresh.allows(newest.edition, now))
