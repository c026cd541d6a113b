"""Import readers from a file: add them, leave out who must not be mailed, say what became of each.

Nothing here prints or asks; the command line, the API and pages call the same functions.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

from digest.errors import InputError
from digest.ground.database.bulk import room_for_many
from digest.ground.database.engine import Database
from digest.model import Origin, Subscriber, SubscriberState
from digest.subscribers.files import moving
from digest.subscribers.files.import_order import GoesOn, ImportOrder, always
from digest.subscribers.files.import_report import ImportReport
from digest.subscribers.files.met_addresses import ADDED, BARRED, SEEN, MetAddresses, met_addresses
from digest.subscribers.files.reader_files import (
    Entry,
    ReaderFile,
    as_file,
    check_name,
    open_reader_file,
)
from digest.subscribers.rules.addresses import normalise, normalise_new
from digest.subscribers.rules.header_names import EMAIL, NAME
from digest.subscribers.rules.preferences import with_wishes
from digest.subscribers.rules.standing import Bar
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.subscribers.rules.wishes import Wishes, WishParser
from digest.subscribers.store import new_readers, subscribers, suppressions
from digest.subscribers.store.new_readers import NewReader
from digest.subscribers.subscriptions import end, record_consent, usable_name
from digest.subscribers.unsubscribe import change

_CHUNK = 8000
_OVER = (SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED)


class _Candidate(NamedTuple):
    """A record with an address (normalised), and what to make of it. bar: why nothing."""

    line: int
    address: str
    name: str
    wishes: Wishes
    bar: Bar | None


@dataclass(slots=True)
class _Run:
    """An import while it runs. newest_id: of the subscribers when it began."""

    order: ImportOrder
    report: ImportReport
    newest_id: int
    goes_on: GoesOn
    met: MetAddresses


@dataclass(slots=True)
class _Plan:
    """What a chunk of records comes to. changed: (before, after); ended: by address."""

    new: dict[str, _Candidate] = field(default_factory=dict)
    changed: list[tuple[Subscriber, Subscriber]] = field(default_factory=list)
    ended: dict[str, tuple[Subscriber | None, Bar]] = field(default_factory=dict)


def import_file(
    database: Database,
    path: Path,
    vocabulary: Vocabulary,
    order: ImportOrder,
    progress: Callable[[int], None] = lambda _count: None,
    goes_on: GoesOn = always,
) -> ImportReport:
    """Add the readers of a file, some thousand a transaction; a bad record costs only itself.

    InputError, and nothing is imported, when the file as a whole cannot be used, or when a column
    may say who must not be mailed and nobody has said what it means. progress: called with how many
    bytes were read since the last call. goes_on: asked in each transaction, before anything is
    written; once it says no, nothing more is, and the report says so.
    """
    try:
        with as_file(path) as readable:
            if moving.is_moved(readable):
                return moving.import_everything(
                    database, readable, vocabulary, order, progress, goes_on
                )
            file = open_reader_file(readable, order.columns)
            check_name(path)
            return _import(database, file, vocabulary, order, progress, goes_on)
    except OSError as exc:
        raise InputError(f"{path}: {exc.strerror}") from None


def _import(
    database: Database,
    file: ReaderFile,
    vocabulary: Vocabulary,
    order: ImportOrder,
    progress: Callable[[int], None],
    goes_on: GoesOn,
) -> ImportReport:
    file.columns.check()
    report = ImportReport(
        dry_run=order.dry_run,
        system=file.columns.system.name if file.columns.system else "",
        form=file.told,
        columns=file.columns.taken,
        ignored_columns=file.columns.plain,
    )
    with database.read() as session:
        newest = subscribers.newest_id(session)
    entries = islice(file.entries(progress), order.most)
    candidates = _candidates(entries, vocabulary, report)
    with met_addresses() as met:
        run = _Run(order, report, newest, goes_on, met)
        while chunk := list(islice(candidates, _CHUNK)):
            if not _take(database, run, chunk):
                report.is_stopped = True
                break
    report.problems.sort()
    return report


def _candidates(
    entries: Iterator[Entry], vocabulary: Vocabulary, report: ImportReport
) -> Iterator[_Candidate]:
    parser = WishParser(vocabulary)
    for entry in entries:
        if entry.refusal:
            report.refuse(entry.line, *entry.refusal)
            continue
        try:
            form = normalise if entry.bar else normalise_new  # whoever is barred must be found
            address = form(entry.texts.get(EMAIL, ""))
        except InputError as exc:
            report.refuse(entry.line, "not a mail address", str(exc))
            continue
        wishes = parser.parse({} if entry.bar else entry.texts)
        if wishes.is_odd:
            for wish, mistake in wishes.mistakes:
                report.unmet(entry.line, wish, mistake)
            for told in wishes.remarks:
                report.remark(entry.line, told)
        yield _Candidate(entry.line, address, _name(entry, report), wishes, entry.bar)


def _name(entry: Entry, report: ImportReport) -> str:
    try:
        return usable_name(entry.texts.get(NAME, ""))
    except InputError as exc:
        report.remark(entry.line, f"{exc}; it is left out")
        return ""


def _take(database: Database, run: _Run, chunk: list[_Candidate]) -> bool:
    """Take a chunk of records; False when the import does not go on."""
    known = run.met.of({one.address for one in chunk})
    for one in chunk:
        if one.bar:
            known[one.address] |= BARRED
    if run.order.dry_run:
        with database.read() as session:
            plan = _plan(session, run, chunk, known)
        run.report.added += len(plan.new)
    else:
        with database.write() as session:
            if not run.goes_on(session):
                return False
            with room_for_many(session):
                plan = _plan(session, run, chunk, known)
                _carry_out(session, run, plan)
    run.met.save(known)
    run.report.changed += len(plan.changed)
    run.report.ended += len(plan.ended)
    return True


def _plan(session: Session, run: _Run, chunk: list[_Candidate], known: dict[str, int]) -> _Plan:
    """Decide what to do; whoever must not be mailed by one record is not added by another.

    known: what is known of the addresses (`MetAddresses`), which is brought up to this chunk.
    """
    here = subscribers.by_addresses(session, known)
    suppressed = suppressions.suppressed(session, known)
    plan = _Plan()
    for one in chunk:
        found, met = here.get(one.address), known[one.address]
        if met & SEEN:
            run.report.repeat(one.line)
        known[one.address] |= SEEN
        if one.bar:
            _leave_out(one, one.bar, found, met, run, plan)
        elif one.address in suppressed:
            run.report.refuse(one.line, "suppressed here", "suppressed: must not receive email")
        elif met & BARRED:
            text = "must not be mailed: another record of this address says so"
            run.report.refuse(one.line, "barred by another record", text)
        elif met & ADDED:
            run.report.known += 1  # also where a chunk before has added them
        elif found is None:
            plan.new[one.address] = one
            known[one.address] |= ADDED
        elif run.order.update and not met & SEEN and (changed := _changed(one, found)):
            plan.changed.append((found, changed))
            here[one.address] = changed
        else:
            run.report.known += 1
    return plan


def _leave_out(
    one: _Candidate, bar: Bar, found: Subscriber | None, met: int, run: _Run, plan: _Plan
) -> None:
    """Refuse a record; end the subscription if that is wanted, or if this import has begun it."""
    going_on = found is not None and found.state not in _OVER
    begun_now = (found is None and met & ADDED) or (
        found is not None and found.id > run.newest_id and found.created_at == run.order.now
    )
    if begun_now or (going_on and run.order.update):
        plan.ended.setdefault(one.address, (found, bar))
        return
    note = "; here they are subscribed, and stay so" if going_on else ""
    run.report.refuse(one.line, bar.kind, bar.text + note)


def _changed(one: _Candidate, found: Subscriber) -> Subscriber | None:
    """Return somebody as the file wants them; None when nothing differs, or they have left."""
    if found.state in _OVER:
        return None
    wanted = replace(
        found,
        name=one.name or found.name,
        preferences=with_wishes(found.preferences, one.wishes.by_field),
    )
    return wanted if wanted != found else None


def _carry_out(session: Session, run: _Run, plan: _Plan) -> None:
    order, report = run.order, run.report
    confirmed = order.now if order.state is SubscriberState.ACTIVE else None
    readers = [
        NewReader(one.address, one.name, order.state, one.wishes, order.now, confirmed)
        for one in plan.new.values()
    ]
    added = new_readers.add(session, readers, Origin.IMPORT)
    record_consent(session, sorted(added.values()), order.consent, order.now)
    report.added += len(added)
    report.known += len(readers) - len(added)  # somebody else added them since we looked
    for before, after in plan.changed:
        if after.name != before.name:
            subscribers.set_name(session, after.id, after.name)
        change(session, before, after.preferences, order.now)
    for found, bar in plan.ended.values():
        if found is not None:
            end(session, found, bar.kind, order.now)
