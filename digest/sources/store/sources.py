"""How live sources do, and who asks which host at the moment."""

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from digest.ground.database.engine import insert_new
from digest.ground.database.tables import SourceHostRow, SourceRow
from digest.sources.rules.source_state import SourceState

_FIELDS = SourceState.__slots__


def get(session: Session, name: str) -> SourceState | None:
    """Return the state of a source; None when it was never asked."""
    row = session.get(SourceRow, name)
    return None if row is None else _state(row)


def all_by_name(session: Session) -> dict[str, SourceState]:
    """Return the states of all sources that were ever asked, by name."""
    return {row.name: _state(row) for row in session.scalars(select(SourceRow))}


def save(session: Session, state: SourceState) -> None:
    """Remember the state of a source in the place of what was."""
    session.merge(SourceRow(**asdict(state)))


LONGEST_HOLD = timedelta(minutes=15)  # more than one request can take, with all its tries


def acquire(session: Session, host: str, *, holder: str, until: datetime, now: datetime) -> bool:
    """Claim a host until a time; whether nobody else has it. Its holder can claim it again.

    A claim for longer than is ever made was made when somebody's clock was wrong: it is void.
    """
    session.execute(insert_new(session, SourceHostRow), [_row(host, holder="", until=now)])
    free = or_(
        SourceHostRow.holder == holder,
        SourceHostRow.held_until <= now,
        SourceHostRow.held_until > now + LONGEST_HOLD,
    )
    claim = update(SourceHostRow).where(SourceHostRow.host == host, free)
    taken = claim.values(holder=holder, held_until=until).returning(SourceHostRow.host)
    return session.scalar(taken) is not None


def _row(host: str, *, holder: str, until: datetime) -> dict[str, object]:
    return {"host": host, "holder": holder, "held_until": until}


def _state(row: SourceRow) -> SourceState:
    return SourceState(**{name: getattr(row, name) for name in _FIELDS})
