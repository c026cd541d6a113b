"""Add, find, list and remove subscribers; also in bulk, from and to CSV files."""

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
from digest.subscribers.rules.preference_fields import FIELDS
from digest.subscribers.rules.preferences import parse_preferences, remarks_on, to_texts
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.subscribers.store import events, subscribers
from digest.subscribers.store.events import EventKind

COLUMNS = ("email", "name", *(field.name for field in FIELDS))
LONGEST_NAME = 200
_CHUNK = 1000


@dataclass(slots=True)
class ImportReport:
    """What became of the lines of a file. problems: (line number, what is wrong with it).

    remarks: (line number, what was understood but is written otherwise today).
    """

    added: int = 0
    known: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NewSubscriber:
    """Somebody to add. address: normalised."""

    address: str
    name: str
    preferences: Preferences


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    new: NewSubscriber


def new_subscriber(email: str, name: str, preferences: Preferences) -> NewSubscriber:
    """Return somebody to add; InputError for what is no address or no name."""
    words = " ".join(name.split())
    if len(words) > LONGEST_NAME or not words.isprintable():
        raise InputError(f"name: at most {LONGEST_NAME} printable characters")
    return NewSubscriber(normalise(email), words, preferences)


def add(
    database: Database,
    texts: Mapping[str, str],
    vocabulary: Vocabulary,
    *,
    state: SubscriberState,
    now: datetime,
    consent: Mapping[str, Any] | None = None,
) -> Subscriber:
    """Add one subscriber from the texts of COLUMNS; `consent` and errors like `add_new`."""
    return add_new(database, _parse(texts, vocabulary), state=state, now=now, consent=consent)


def add_new(
    database: Database,
    new: NewSubscriber,
    *,
    state: SubscriberState,
    now: datetime,
    consent: Mapping[str, Any] | None = None,
) -> Subscriber:
    """Add one subscriber. consent: what to record of how they agreed.

    ConflictError for an address that is known already, or must not be mailed.
    """
    with database.write() as session:
        if subscribers.suppressed(session, [new.address]):
            raise ConflictError("this address is suppressed: it must not receive email")
        reader = (new.address, new.name, new.preferences)
        if not subscribers.add_all(session, [reader], state=state, now=now):
            raise ConflictError("this address is already subscribed", hint="digest subscribers")
        _record_consent(session, [new.address], consent, now)
        return _find(session, new.address)


def find(database: Database, address: str) -> Subscriber:
    """Return one subscriber; NotFoundError when there is none."""
    with database.read() as session:
        return _find(session, normalise(address))


def iter_all(
    database: Database, state: SubscriberState | None = None, *, search: str | None = None
) -> Iterator[Subscriber]:
    """Yield all subscribers by id; search: only those with this in their address or name."""
    with database.read() as session:
        yield from subscribers.iter_all(session, state=state, search=search)


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

    Existing subscribers are left as they are. progress: called with how many bytes were read since
    the last call. consent: what to record of how they agreed. InputError when the file as a whole
    cannot be used.
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
    for subscriber in iter_all(database, SubscriberState.ACTIVE):
        writer.writerow(_fields(subscriber))
        count += 1
    return count


def _find(session: Session, address: str) -> Subscriber:
    found = subscribers.get(session, address)
    if found is None:
        raise NotFoundError("No subscriber has this address.", hint="digest subscribers list")
    return found


def _parse(texts: Mapping[str, str], vocabulary: Vocabulary) -> NewSubscriber:
    if any("\udc80" <= letter <= "\udcff" for text in texts.values() for letter in text):
        raise InputError("not UTF-8 text")
    preferences = parse_preferences(texts, vocabulary)
    return new_subscriber(texts.get("email", ""), texts.get("name", ""), preferences)


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
    for number, texts in rows:
        try:
            yield _Line(number, _parse(texts, vocabulary))
            report.remarks += [(number, remark) for remark in remarks_on(texts, vocabulary)]
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
    addresses = [line.new.address for line in lines]
    known = subscribers.existing(session, addresses)
    suppressed = subscribers.suppressed(session, addresses)
    new: dict[str, NewSubscriber] = {}
    for line in lines:
        address = line.new.address
        if address in suppressed:
            report.problems.append((line.number, "suppressed: must not receive email"))
        elif address in known or address in new:
            report.known += 1
        else:
            new[address] = line.new
    readers = [(one.address, one.name, one.preferences) for one in new.values()]
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
    return own | to_texts(subscriber.preferences)
