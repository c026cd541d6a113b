"""Write readers to files that `import_file` reads again: the active ones, or a whole list.

A whole list goes to another instance. The keys of its suppressions are in the file, for the other
instance has another one and must know the addresses again (ADR 45). Numbers of subscribers and of
events differ there, so none is in the file.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any

from sqlalchemy.orm import Session

from digest.ground.database.engine import Database
from digest.model import SubscriberState
from digest.subscribers.files.moved_lines import (
    Counts,
    End,
    EventLine,
    Head,
    Line,
    ReaderLine,
    SuppressionLine,
)
from digest.subscribers.files.reader_lines import iter_csv
from digest.subscribers.rules.preferences import to_texts
from digest.subscribers.rules.reader_filter import ReaderFilter
from digest.subscribers.store import moving, suppression_keys
from digest.subscribers.store.events import Event
from digest.subscribers.store.moving import StoredReader

# Details that name another event by its number; a file names it by its time.
_NAMING = {"asked": "asked_at", "event": "event_at"}
ACTIVE = ReaderFilter(state=SubscriberState.ACTIVE)
_log = logging.getLogger(__name__)


def export_csv(database: Database, out: IO[str], wanted: ReaderFilter = ACTIVE) -> int:
    """Write the subscribers of a filter, left out: the active ones; count them."""
    count = -1  # of the line that names the columns
    for record in iter_csv(database, wanted):
        out.write(record)
        count += 1
    return count


def export_everything(database: Database, out: IO[str], now: datetime) -> Counts:
    """Write the whole list, a line each; return how many lines of which kind there are."""
    readers = 0
    with database.read() as session:
        suppressions = _write_suppressions(session, out, now)
        for reader in moving.iter_readers(session):
            readers += _write_reader(out, reader)
    counts = Counts(suppressions=suppressions, subscribers=readers)
    _write(out, End(end=counts))
    return counts


def export_suppressions(database: Database, out: IO[str], now: datetime) -> int:
    """Write the suppressions alone, in the form of a whole list; return how many they are."""
    with database.read() as session:
        count = _write_suppressions(session, out, now)
    _write(out, End(end=Counts(suppressions=count, subscribers=0)))
    return count


def _write_suppressions(session: Session, out: IO[str], now: datetime) -> int:
    keys = list(suppression_keys.keys(session).values())
    _write(out, Head(written_at=now, suppression_keys=[key.hex() for key in keys]))
    count = 0
    for moved in moving.iter_suppressions(session):
        one = moved.suppression
        line = SuppressionLine(
            suppressed=moved.address_hash,
            reason=one.reason,
            at=one.since,
            key=keys.index(moved.key) if moved.key is not None else None,
            source=one.source,
            kind=one.kind,
        )
        _write(out, line)
        count += 1
    return count


def _write_reader(out: IO[str], reader: StoredReader) -> bool:
    """Write a reader's line; False when what is stored of them fits no file, which is logged."""
    try:
        _write(out, _line(reader))
    except ValueError as exc:  # of whatever value: the others are to be there
        what = str(exc).splitlines()[0]
        _log.error("Subscriber %d is not in the file: %s", reader.subscriber.id, what)
        return False
    return True


def _line(stored: StoredReader) -> ReaderLine:
    one = stored.subscriber
    times = {event.id: event.at.isoformat() for event in stored.events}
    return ReaderLine(
        email=one.address,
        name=one.name,
        state=one.state,
        created_at=one.created_at,
        confirmed_at=stored.confirmed_at,
        paused_until=one.paused_until,
        wishes=to_texts(one.preferences),
        events=[
            EventLine(kind=event.kind, at=event.at, detail=_portable(event, times))
            for event in stored.events
        ],
    )


def _portable(event: Event, times: Mapping[int, str]) -> dict[str, Any]:
    """Return a detail without the numbers of other events."""
    detail = dict(event.detail)
    for name, portable in _NAMING.items():
        if name in detail and (at := times.get(detail.pop(name))):
            detail[portable] = at
    return detail


def _write(out: IO[str], line: Line) -> None:
    out.write(line.model_dump_json() + "\n")
