"""Subscribers come, change and go; also in bulk, from and to CSV files."""

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy.orm import Session

from digest.errors import ConflictError, InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.model import Preferences, Subscriber, SubscriberState
from digest.subscribers.rules.addresses import normalise
from digest.subscribers.rules.preferences import Vocabulary, parse_preferences, to_fields
from digest.subscribers.store import events, subscribers
from digest.subscribers.store.events import EventKind

COLUMNS = (
    "email",
    "name",
    "topics",
    "interests",
    "muted",
    "timezone",
    "hour",
    "cadence",
    "weekday",
    "max_papers",
    "layout",
    "language",
    "empty_day",
)
LONGEST_NAME = 200
_CHUNK = 1000


@dataclass(slots=True)
class ImportReport:
    """What became of the lines of a file. problems: (line number, what is wrong with it)."""

    added: int = 0
    known: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    address: str
    name: str
    preferences: Preferences


def add(
    database: Database,
    fields: Mapping[str, str],
    vocabulary: Vocabulary,
    *,
    state: SubscriberState,
    now: datetime,
    consent: Mapping[str, Any] | None = None,
) -> Subscriber:
    """Add one subscriber from the fields of COLUMNS; InputError for what cannot be taken.

    consent: what to record of how they agreed. ConflictError for an address that is known already,
    or must not be mailed.
    """
    line = _parse(0, fields, vocabulary)
    with database.write() as session:
        if subscribers.suppressed(session, [line.address]):
            raise ConflictError("this address must not be mailed: it is suppressed")
        reader = (line.address, line.name, line.preferences)
        if not subscribers.add_all(session, [reader], state=state, now=now):
            raise ConflictError(
                "this address has a subscription already", hint="digest subscribers"
            )
        _record_consent(session, [line.address], consent, now)
        return _find(session, line.address)


def find(database: Database, address: str) -> Subscriber:
    """Return one subscriber; NotFoundError when there is none."""
    with database.read() as session:
        return _find(session, normalise(address))


def remove(database: Database, address: str) -> None:
    """Erase one subscriber; the ledger keeps only its number. NotFoundError when there is none."""
    with database.write() as session:
        subscribers.remove(session, _find(session, normalise(address)).id)


def each(database: Database, state: SubscriberState | None = None) -> Iterator[Subscriber]:
    """Yield all subscribers by id."""
    with database.read() as session:
        yield from subscribers.iter_all(session, state=state)


def page(
    database: Database,
    *,
    state: SubscriberState | None,
    address: str | None,
    after: int,
    limit: int,
) -> list[Subscriber]:
    """Return the next subscribers by id; what is no address is nobody's."""
    try:
        wanted = normalise(address) if address is not None else None
    except InputError:
        return []
    with database.read() as session:
        return subscribers.page(session, state=state, address=wanted, after=after, limit=limit)


def import_csv(
    database: Database,
    path: Path,
    vocabulary: Vocabulary,
    *,
    state: SubscriberState,
    now: datetime,
    progress: Callable[[int], None],
    consent: Mapping[str, Any] | None = None,
) -> ImportReport:
    """Add the subscribers of a file, a thousand a transaction; bad lines cost only themselves.

    Who is known already is left as he is. progress is told how many bytes were read since the last
    call. consent: what to record of how they agreed. InputError when the file as a whole cannot be
    taken.
    """
    report = ImportReport()
    try:
        with path.open("rb") as raw:
            rows = _rows(raw, report, progress)
            lines = _lines(rows, vocabulary, report)
            for chunk in _chunks(lines):
                with database.write() as session:
                    _add_chunk(session, chunk, report, state=state, now=now, consent=consent)
    except OSError as exc:
        raise InputError(f"{path}: {exc.strerror}") from None
    report.problems.sort()
    return report


def export_csv(database: Database, out: IO[str]) -> int:
    """Write every active subscriber in the form that `import_csv` reads; count them."""
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    count = 0
    for subscriber in each(database, SubscriberState.ACTIVE):
        writer.writerow(_fields(subscriber))
        count += 1
    return count


def _find(session: Session, address: str) -> Subscriber:
    found = subscribers.get(session, address)
    if found is None:
        raise NotFoundError("No subscriber has this address.", hint="digest subscribers list")
    return found


def _parse(number: int, fields: Mapping[str, str], vocabulary: Vocabulary) -> _Line:
    if any("\udc80" <= letter <= "\udcff" for value in fields.values() for letter in value or ""):
        raise InputError("not UTF-8 text")
    name = " ".join((fields.get("name") or "").split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(f"name: at most {LONGEST_NAME} printable characters")
    address = normalise(fields.get("email") or "")
    return _Line(number, address, name, parse_preferences(fields, vocabulary))


def _rows(
    raw: IO[bytes], report: ImportReport, progress: Callable[[int], None]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, fields); a line that is no CSV is reported and skipped."""

    def text() -> Iterator[str]:
        for position, line in enumerate(raw):
            progress(len(line))
            yield line.decode("utf-8-sig" if position == 0 else "utf-8", "surrogateescape")

    lines = enumerate(text(), start=1)
    try:
        names = [name.strip().lower() for name in _cells(next(lines, (1, ""))[1])]
    except csv.Error as exc:
        raise InputError(f"line 1: not a CSV file: {exc}") from None
    if "email" not in names:
        raise InputError(
            "line 1: there is no column `email`", hint="the first line is " + ",".join(COLUMNS)
        )
    report.ignored_columns = [name for name in names if name and name not in COLUMNS]
    for number, line in lines:
        try:
            if cells := _cells(line):
                yield number, _record(names, cells)
        except (csv.Error, InputError) as exc:
            report.problems.append((number, f"not a line of CSV: {exc}"))


def _cells(line: str) -> list[str]:
    """Take one line apart: a quote that is never closed spoils this line, not all that follow."""
    return next(csv.reader([line], strict=True), [])


def _record(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) > len(names):
        raise InputError("more fields than the first line has columns")
    return dict(zip(names, cells, strict=False))


def _lines(
    rows: Iterator[tuple[int, dict[str, str]]], vocabulary: Vocabulary, report: ImportReport
) -> Iterator[_Line]:
    for number, fields in rows:
        try:
            yield _parse(number, fields, vocabulary)
        except InputError as exc:
            report.problems.append((number, str(exc)))


def _add_chunk(
    session: Session,
    lines: list[_Line],
    report: ImportReport,
    *,
    state: SubscriberState,
    now: datetime,
    consent: Mapping[str, Any] | None,
) -> None:
    addresses = [line.address for line in lines]
    known = subscribers.existing(session, addresses)
    suppressed = subscribers.suppressed(session, addresses)
    new: dict[str, _Line] = {}
    for line in lines:
        if line.address in suppressed:
            report.problems.append((line.number, "suppressed: must not be mailed"))
        elif line.address in known or line.address in new:
            report.known += 1
        else:
            new[line.address] = line
    readers = [(line.address, line.name, line.preferences) for line in new.values()]
    added = subscribers.add_all(session, readers, state=state, now=now)
    _record_consent(session, added, consent, now)
    report.added += len(added)
    report.known += len(new) - len(added)  # somebody else added them since we looked


def _record_consent(
    session: Session,
    addresses: Collection[str],
    consent: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """Record how new subscribers agreed, where that is known (GDPR 7(1))."""
    if consent is not None:
        ids = subscribers.ids(session, addresses)
        events.record_all(session, ids, EventKind.CONFIRMED, at=now, detail=consent)


def _chunks(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    while chunk := list(islice(lines, _CHUNK)):
        yield chunk


def _fields(subscriber: Subscriber) -> dict[str, str]:
    own = {"email": subscriber.address, "name": subscriber.name}
    return own | to_fields(subscriber.preferences)
