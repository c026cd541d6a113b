"""Import the whole list of another instance: states, record, wishes, and who must not be mailed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

from digest.errors import InputError
from digest.ground.database.engine import Database
from digest.model import Origin, Subscriber, SubscriberState
from digest.subscribers.files.file_records import TextForm, is_text, read_lines
from digest.subscribers.files.import_order import GoesOn, ImportOrder, always
from digest.subscribers.files.import_report import ImportReport
from digest.subscribers.files.moved_lines import (
    Counts,
    End,
    EventLine,
    Head,
    ReaderLine,
    SuppressionLine,
    parse_line,
)
from digest.subscribers.rules.addresses import normalise, normalise_new
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.subscribers.rules.wishes import WishParser
from digest.subscribers.store import events, moving, new_readers, subscribers, suppressions
from digest.subscribers.store.events import EventKind
from digest.subscribers.store.moving import MovedSuppression
from digest.subscribers.store.new_readers import NewReader
from digest.subscribers.store.suppressions import Suppression
from digest.subscribers.subscriptions import end, usable_name

_START = b'{"digest":"subscribers"'
_FORM = TextForm("utf-8", "\n")
_CHUNK = 1000
_OVER = (SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED)


def is_moved(path: Path) -> bool:
    """Whether a file is one that `export_everything` wrote. OSError when it cannot be read."""
    with path.open("rb") as file:
        start = file.read(len(_START) + 8)
    return start.replace(b" ", b"").startswith(_START)


def import_everything(
    database: Database,
    path: Path,
    vocabulary: Vocabulary,
    order: ImportOrder,
    progress: Callable[[int], None],
    goes_on: GoesOn = always,
) -> ImportReport:
    """Add what `export_everything` wrote, a thousand lines a transaction; again is harmless.

    Who is here already stays as they are. Who is here, but suppressed by the file, gets no mail any
    more. goes_on: as of `import_file`.
    """
    report = ImportReport(order.dry_run, "digest", "JSON lines, UTF-8")
    run = _Run(order, report)
    parts = islice(_parts(path, vocabulary, report, progress), order.most)
    while chunk := list(islice(parts, _CHUNK)):
        with database.read() if order.dry_run else database.write() as session:
            if not order.dry_run and not goes_on(session):
                report.is_stopped = True
                break
            _take(session, run, chunk)
    if report.suppressions and not order.dry_run:
        report.ended += end_suppressed(database, order.now)
    report.problems.sort()
    return report


class _Reader(NamedTuple):
    line: int
    reader: NewReader
    events: list[EventLine]


@dataclass(slots=True)
class _Run:
    """An import while it runs. seen: hashes of the addresses that were added in a dry run."""

    order: ImportOrder
    report: ImportReport
    seen: set[int] = field(default_factory=set)


def _parts(
    path: Path, vocabulary: Vocabulary, report: ImportReport, progress: Callable[[int], None]
) -> Iterator[_Reader | MovedSuppression]:
    """Yield what the lines say; InputError when the first one is of another version."""
    parser = WishParser(vocabulary)
    number, found = 0, Counts(suppressions=0, subscribers=0)
    end: Counts | None = None
    keys: list[bytes] = []
    for number, text in read_lines(path, _FORM, progress):
        try:
            if not is_text(text):
                raise InputError("not UTF-8 text")
            line = parse_line(text)
            if isinstance(line, Head):
                keys = [bytes.fromhex(key) for key in line.suppression_keys]
            elif isinstance(line, SuppressionLine):
                found.suppressions += 1
                yield _suppression(line, keys)
            elif isinstance(line, ReaderLine):
                found.subscribers += 1
                yield _Reader(number, _moved(number, line, parser, report), line.events)
            elif isinstance(line, End):
                end = line.end
        except InputError as exc:
            if number == 1:
                raise InputError(f"line 1: {exc}") from None
            report.refuse(number, "not a line of a moved list", str(exc))
    if end is None:
        report.refuse(number, "the file is cut", "the file ends early: its last line is missing")
    elif end != found and not report.refused:
        text = f"the file says that it holds {end.subscribers} subscribers"
        report.refuse(number, "lines are missing", text)


def _suppression(line: SuppressionLine, keys: Sequence[bytes]) -> MovedSuppression:
    if line.key is not None and line.key >= len(keys):
        raise InputError(f"'key': the first line of the file holds {len(keys)} keys")
    key = keys[line.key] if line.key is not None else None
    found = Suppression(line.reason, line.at, line.source, line.kind)
    return MovedSuppression(line.suppressed, key, found)


def _moved(
    number: int,
    line: ReaderLine,
    parser: WishParser,
    report: ImportReport,
) -> NewReader:
    wishes = parser.parse(line.wishes)
    form = normalise if line.state in _OVER else normalise_new
    address, name = form(line.email), usable_name(line.name)
    for wish, mistake in wishes.mistakes:
        report.unmet(number, wish, mistake)
    return NewReader(
        address,
        name,
        line.state,
        wishes,
        line.created_at,
        line.confirmed_at,
        line.paused_until,
    )


def _take(session: Session, run: _Run, chunk: list[_Reader | MovedSuppression]) -> None:
    report = run.report
    if run.order.suppressions_only:
        chunk = [one for one in chunk if isinstance(one, MovedSuppression)]
    moved = [one for one in chunk if isinstance(one, MovedSuppression)]
    readers = _by_address([one for one in chunk if isinstance(one, _Reader)])
    report.known += len(chunk) - len(moved) - len(readers)
    here = subscribers.by_addresses(session, readers)
    new = []
    for address, one in readers.items():
        if found := here.get(address):
            _meet(session, run, one, found)
        elif hash(address) in run.seen:
            report.known += 1
        else:
            new.append(one)
    barred = suppressions.suppressed(session, [one.reader.address for one in new])
    new = [_suppressed(one) if one.reader.address in barred else one for one in new]
    if run.order.dry_run:
        report.suppressions += moving.count_new(session, moved)
        report.added += len(new)
        run.seen |= {hash(one.reader.address) for one in new}
    else:
        report.suppressions += moving.add_suppressions(session, moved, now=run.order.now)
        added = _add(session, new)
        report.added += added
        report.known += len(new) - added  # somebody else added them since we looked


def _by_address(readers: list[_Reader]) -> dict[str, _Reader]:
    """Return one line for each address; of several the one that ends the subscription."""
    found: dict[str, _Reader] = {}
    for one in readers:
        known = found.get(one.reader.address)
        if known is None or known.reader.state not in _OVER:
            found[one.reader.address] = one
    return found


def _suppressed(one: _Reader) -> _Reader:
    return one._replace(reader=one.reader._replace(state=SubscriberState.SUPPRESSED))


def _meet(session: Session, run: _Run, one: _Reader, found: Subscriber) -> None:
    """Deal with somebody who is here already: they may have left where the file comes from."""
    if one.reader.state not in _OVER or found.state in _OVER:
        run.report.known += 1
    elif run.order.update:
        run.report.ended += 1
        if not run.order.dry_run:
            end(session, found, one.reader.state.value, run.order.now)
    else:
        text = f"{one.reader.state.value} in the file; here they are subscribed, and stay so"
        run.report.refuse(one.line, one.reader.state.value, text)


def _add(session: Session, new: list[_Reader]) -> int:
    """Add readers with their record; return how many were new indeed."""
    ids = new_readers.add(session, [one.reader for one in new], Origin.IMPORT)
    lines = [
        (ids[one.reader.address], event.kind, event.at, event.detail)
        for one in new
        if one.reader.address in ids
        for event in one.events
    ]
    events.add_lines(session, lines)
    return len(ids)


def end_suppressed(database: Database, now: datetime) -> int:
    """Let nobody get mail whose address is suppressed, whoever they are; count whom that ended.

    For suppressions that came as hashes: they do not say who is meant.
    """
    after = count = 0
    while True:
        with database.write() as session:
            page = subscribers.page(session, after=after, limit=_CHUNK)
            if not page:
                return count
            after = page[-1].id
            going_on = {
                one.address: one for one in page if one.state is not SubscriberState.SUPPRESSED
            }
            barred = suppressions.suppressed(session, going_on)
            moving.suppress(session, barred)
            ended = [going_on[address] for address in sorted(barred)]
            moving.add_news(
                session,
                [(one.id, EventKind.SUPPRESSED, now, {"from": one.state.value}) for one in ended],
            )
            count += len(barred)
