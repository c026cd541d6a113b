"""Store the states of live sources, and which process fetches from which host."""

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.sources import SourceHostRow, SourceRow
from digest.sources.rules.source_state import SourceState

_FIELDS = SourceState.__slots__


def get(session: Session, name: str) -> SourceState | None:
    """Return the state of a source; None if it was never fetched."""
    row = session.get(SourceRow, name)
    return None if row is None else _state(row)


def all_by_name(session: Session) -> dict[str, SourceState]:
    """Return the states of all sources that were ever fetched, by name."""
    return {row.name: _state(row) for row in session.scalars(select(SourceRow))}


def save(session: Session, state: SourceState) -> None:
    """Save the state of a source."""
    session.merge(SourceRow(**asdict(state)))


LONGEST_LEASE = timedelta(minutes=15)  # more than one request can take, with all its tries


def acquire(session: Session, host: str, *, holder: str, until: datetime, now: datetime) -> bool:
    """Acquire a host until a time; return whether no other process has it. Its holder may renew.

    A lease longer than the longest was made when a clock was wrong, and is void.
    """
    session.execute(insert_new(session, SourceHostRow), [_row(host, holder="", until=now)])
    free = or_(
        SourceHostRow.holder == holder,
        SourceHostRow.held_until <= now,
        SourceHostRow.held_until > now + LONGEST_LEASE,
    )
    change = update(SourceHostRow).where(SourceHostRow.host == host, free)
    acquired = change.values(holder=holder, held_until=until).returning(SourceHostRow.host)
    return session.scalar(acquired) is not None


def _row(host: str, *, holder: str, until: datetime) -> dict[str, object]:
    return {"host": host, "holder": holder, "held_until": until}


def _state(row: SourceRow) -> SourceState:
    return SourceState(**{name: getattr(row, name) for name in _FIELDS})
