"""Copies of journals in the database, so that another machine can settle a lost one's batch.

A worker adds a segment now and then, and says each time how far it may get before the next one:
the high-water mark. So whatever happens to its machine, nothing beyond the newest mark was begun.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.orm import Session

from digest.delivery.store.journal import Record, take_lines
from digest.ground.database.tables.delivery import JournalCopyRow
from digest.model import Answer

if TYPE_CHECKING:
    from digest.delivery.store.batches import Batch

_SAVE = """
    WITH ours AS (
        UPDATE batches SET leased_until = clock_timestamp() + %(length)s
        WHERE edition_id = %(edition)s AND number = %(number)s AND lease = %(lease)s
        RETURNING lease
    )
    INSERT INTO journal_copies (lease, part, high_water_mark, lines)
    SELECT lease, %(part)s, %(high_water_mark)s, %(lines)s FROM ours
"""


class Segment(NamedTuple):
    """What a worker writes at once. part: greater than that of every earlier one."""

    part: int
    high_water_mark: int
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Copy:
    """What is known of a lost worker's batch: nobody beyond the mark (a subscriber id) was begun.

    begun: picks by subscriber id; mail_hashes: of the same. answers: by subscriber id.
    """

    high_water_mark: int
    begun: dict[int, bytes] = field(default_factory=dict)
    mail_hashes: dict[int, bytes] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)


def add(
    session: Session, lease: str, part: int, high_water_mark: int, lines: Iterable[str] = ()
) -> None:
    """Add a segment. part: greater than that of every earlier one. lines: of the journal."""
    row = {"lease": lease, "part": part, "high_water_mark": high_water_mark, "lines": _plain(lines)}
    session.execute(insert(JournalCopyRow), row)


def save(connection: Connection, batch: "Batch", length: timedelta, segment: Segment) -> bool:
    """Add a segment and renew the lease, on PostgreSQL; False when the batch is no longer ours.

    connection: from `Database.autocommit`. One statement, as it comes for every few messages. It
    is on the server's disk when this returns: a crash of the server must not take back a mark
    up to which messages were sent.
    """
    row = {
        "edition": batch.edition_id,
        "number": batch.number,
        "lease": batch.lease,
        "length": length,
        **segment._asdict(),
        "lines": _plain(segment.lines),
    }
    return connection.exec_driver_sql(_SAVE, row).rowcount == 1


def read(session: Session, lease: str) -> Copy | None:
    """Put the segments together; None when the worker wrote none."""
    query = (
        select(JournalCopyRow).where(JournalCopyRow.lease == lease).order_by(JournalCopyRow.part)
    )
    rows = session.scalars(query).all()
    if not rows:
        return None
    record = Record(Path(), lease, 0, 0)
    for row in rows:
        take_lines(record, row.lines.split("\n")[:-1])
    return Copy(rows[-1].high_water_mark, record.begun, record.mail_hashes, record.answers)


def delete_copy(session: Session, lease: str) -> None:
    """Delete the copy: the batch is settled."""
    gone = delete(JournalCopyRow).where(JournalCopyRow.lease == lease)
    session.execute(gone, execution_options={"synchronize_session": False})


def _plain(lines: Iterable[str]) -> str:
    return "".join(lines).replace("\0", "")  # a character that PostgreSQL does not store
