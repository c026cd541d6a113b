"""Import who must not be mailed: what another instance exported, or a list of another system.

Of a CSV file, or a list with one on each line, every record counts that holds an address, or the
SHA-256 (hex) of one in lower case. A bad record costs only itself.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from digest.errors import InputError
from digest.ground.database.engine import Database
from digest.ground.text.plain_text import clean
from digest.model import SubscriberState
from digest.subscribers.files import moving
from digest.subscribers.files.file_records import (
    SEPARATORS,
    Lines,
    TextForm,
    find_form,
    is_text,
    read_lines,
    read_records,
)
from digest.subscribers.files.import_order import ImportOrder
from digest.subscribers.files.reader_files import as_file
from digest.subscribers.rules.addresses import normalise
from digest.subscribers.rules.header_names import squeezed
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.subscribers.store import moving as stored
from digest.subscribers.store import suppression_keys, suppressions
from digest.subscribers.store.events import EventKind
from digest.subscribers.store.suppressions import Suppression
from digest.subscribers.suppression import LONGEST_REASON

SOURCE = "import"
MOST_LISTED = 1000
_CHUNK = 500
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_REASONS = {"reason", "suppressionreason", "bouncereason", "grund", "type", "event", "errormessage"}


@dataclass(slots=True)
class SuppressionReport:
    """What became of a file. ended: whose subscription that ended; problems: line and reason."""

    added: int = 0
    known: int = 0
    ended: int = 0
    refused: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return it as programs read it."""
        counts = {name: getattr(self, name) for name in ("added", "known", "ended", "refused")}
        problems = [{"line": line, "reason": reason} for line, reason in self.problems]
        return {**counts, "problems": problems}

    def refuse(self, line: int, reason: str) -> None:
        """Note a record that cannot be used."""
        self.refused += 1
        if len(self.problems) < MOST_LISTED:
            self.problems.append((line, reason))


class _Barred(NamedTuple):
    """Who must not be mailed. address: empty where only the hash is known."""

    address_hash: str
    address: str
    reason: str


def import_suppressions(
    database: Database, path: Path, vocabulary: Vocabulary, reason: str, now: datetime
) -> SuppressionReport:
    """Suppress everybody in a file, some hundred a transaction; again is harmless.

    reason: for those of whom the file gives none. InputError when the file cannot be used.
    """
    try:
        with as_file(path) as readable:
            if moving.is_moved(readable):
                return _moved(database, readable, vocabulary, now)
            return _listed(database, readable, clean(reason)[:LONGEST_REASON], now)
    except OSError as exc:
        raise InputError(f"{path}: {exc.strerror}") from None


def _moved(
    database: Database, path: Path, vocabulary: Vocabulary, now: datetime
) -> SuppressionReport:
    order = ImportOrder(state=SubscriberState.ACTIVE, now=now, suppressions_only=True)
    found = moving.import_everything(database, path, vocabulary, order, lambda _count: None)
    problems = [(one.line, one.reason) for one in found.problems]
    return SuppressionReport(found.suppressions, 0, found.ended, found.refused, problems)


def _listed(database: Database, path: Path, reason: str, now: datetime) -> SuppressionReport:
    report = SuppressionReport()
    some_nameless = False
    barred = _records(path, reason, report)
    while chunk := list(islice(barred, _CHUNK)):
        some_nameless |= any(not one.address for one in chunk)
        _take(database, chunk, report, now)
    if some_nameless:
        report.ended += moving.end_suppressed(database, now)
    return report


def _take(
    database: Database, chunk: Sequence[_Barred], report: SuppressionReport, now: datetime
) -> None:
    wanted = {one.address_hash: Suppression(one.reason, now, SOURCE) for one in chunk}
    addresses = {one.address: one for one in chunk if one.address}
    with database.write() as session:
        new = suppressions.add_hashes(session, wanted, now=now)
        here = stored.not_suppressed(session, addresses)
        stored.suppress(session, here.keys())
        lines = [
            (id_, EventKind.SUPPRESSED, now, _detail(state, addresses[address]))
            for address, (id_, state) in here.items()
        ]
        stored.add_news(session, lines)
    report.added += len(new)
    report.known += len(chunk) - len(new)
    report.ended += len(here)


def _detail(state: SubscriberState, barred: _Barred) -> dict[str, str]:
    return {"from": state.value, "reason": barred.reason, "source": SOURCE}


def _records(path: Path, reason: str, report: SuppressionReport) -> Iterator[_Barred]:
    form = find_form(path)
    reasons: int | None = None
    lines = Lines(read_lines(path, form))
    for place, record in enumerate(read_records(path, form, lines, _separator(path, form))):
        if record.problem:
            report.refuse(record.line, record.problem)
            continue
        found = _barred(record.cells, reason, reasons)
        if found is not None:
            yield found
        elif place == 0 and not any("@" in cell for cell in record.cells):  # names of columns
            names = [squeezed(cell) for cell in record.cells]
            reasons = next((at for at, name in enumerate(names) if name in _REASONS), None)
        else:
            report.refuse(record.line, "neither an address nor the SHA-256 of one")


def _barred(cells: Sequence[str], reason: str, reasons: int | None) -> _Barred | None:
    said = clean(cells[reasons]) if reasons is not None and reasons < len(cells) else ""
    why = (said if is_text(said) else "") or reason
    for cell in map(str.strip, cells):
        if _HASH.fullmatch(cell):
            return _Barred(cell.lower(), "", why[:LONGEST_REASON])
        if "@" in cell and is_text(cell):
            try:
                address = normalise(cell.strip("<>"))
            except InputError:
                continue
            hashed = suppression_keys.address_hash(address)
            return _Barred(hashed, address, why[:LONGEST_REASON])
    return None


def _separator(path: Path, form: TextForm) -> str:
    """Return what most often separates the fields of the first line."""
    first = next((text for _, text in read_lines(path, form) if text.strip()), "")
    if not first:
        raise InputError("line 1: the file is empty")
    return max(SEPARATORS, key=first.count)
