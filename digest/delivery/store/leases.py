"""Leases of batches: when they end, which ran out, and renewing one.

They are measured by the clock of the database, whatever `--now` says: on PostgreSQL by that of the
server, as those of several machines never quite agree; on SQLite by that of this machine.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from digest.delivery.store.batches import Batch, ends_after, of_row
from digest.ground.database.tables.delivery import BatchRow, BatchState


def leased(session: Session, edition_id: int, number: int, lease: str) -> Batch | None:
    """Return the batch if this lease still holds it."""
    row = session.scalar(select(BatchRow).where(*_is(edition_id, number, lease)))
    return of_row(row) if row else None


def expired(session: Session) -> list[Batch]:
    """Return the batches whose lease ran out, locked: their worker is gone, or far too late."""
    query = (
        select(BatchRow)
        .where(
            BatchRow.state == BatchState.LEASED,
            BatchRow.leased_until < ends_after(session, timedelta()),
        )
        .with_for_update(skip_locked=True)
    )
    return [of_row(row) for row in session.scalars(query)]


def renew(session: Session, batch: Batch, length: timedelta) -> bool:
    """Let a lease go on for so long from now; False when the batch is no longer ours."""
    ours = _is(batch.edition_id, batch.number, batch.lease)
    change = update(BatchRow).where(*ours).values(leased_until=ends_after(session, length))
    done = session.execute(change, execution_options={"synchronize_session": False})
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _is(edition_id: int, number: int, lease: str) -> tuple[ColumnElement[bool], ...]:
    return (
        BatchRow.edition_id == edition_id,
        BatchRow.number == number,
        BatchRow.lease == lease,
    )
