"""Copies of journals in the database, so that another machine can settle a lost one's batch.

A worker adds a portion now and then, and says each time how far it may get before the next one:
the horizon. So whatever happens to its machine, nothing beyond the newest horizon was begun.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from digest.db.journal import Record, take_lines
from digest.db.tables import CopyRow
from digest.model import Answer


@dataclass(frozen=True, slots=True)
class Copy:
    """What is known of a lost worker's batch: nobody beyond `horizon` (a subscriber id) was begun.

    begun: picks by subscriber id. answers: by subscriber id.
    """

    horizon: int
    begun: dict[int, bytes] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)


def add(session: Session, lease: str, part: int, horizon: int, lines: Iterable[str] = ()) -> None:
    """Add a portion. part: greater than that of every earlier one. lines: of the journal."""
    text = "".join(lines).replace("\0", "")  # a character that PostgreSQL does not store
    row = {"lease": lease, "part": part, "horizon": horizon, "lines": text}
    session.execute(insert(CopyRow), row)


def read(session: Session, lease: str) -> Copy | None:
    """Put the portions together; None when the worker wrote none."""
    query = select(CopyRow).where(CopyRow.lease == lease).order_by(CopyRow.part)
    rows = session.scalars(query).all()
    if not rows:
        return None
    record = Record(Path(), lease, 0, 0)
    for row in rows:
        take_lines(record, row.lines.split("\n")[:-1])
    return Copy(rows[-1].horizon, record.begun, record.answers)


def forget(session: Session, lease: str) -> None:
    """The batch is settled."""
    session.execute(delete(CopyRow).where(CopyRow.lease == lease))
