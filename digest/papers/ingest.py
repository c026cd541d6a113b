"""Ingest dumps, one transaction each; a refused dump leaves nothing but its reason."""

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.orm import Session

from digest.errors import DumpError, InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.database.tables.papers import DumpStatus
from digest.ground.text.printable import printable
from digest.papers import dump_files
from digest.papers.dump_files import Progress
from digest.papers.dump_loading import NOTHING, Classify, Origin, Tally, load
from digest.papers.dumps import Part, Refusal, detect, json_lines
from digest.papers.dumps.parts import YearSource
from digest.papers.parsed_dump import parsed
from digest.papers.store import dumps

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DumpReport:
    """The result for one file.

    year_source: None unless it was loaded in this run. line: what `reason` is about, 0 for none.
    """

    file: str
    status: Literal["new", "known", "refused"]
    date: dt.date | None = None
    year_source: YearSource | None = None
    tally: Tally = NOTHING
    reason: str = ""
    line: int = 0
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class IngestReport:
    """The results for all files, in the order of the arguments."""

    dumps: tuple[DumpReport, ...]

    @property
    def tally(self) -> Tally:
        """The sum over the dumps that were loaded in this run."""
        return sum((dump.tally for dump in self.dumps), NOTHING)

    @property
    def refused(self) -> int:
        """How many dumps were refused as a whole."""
        return sum(dump.status == "refused" for dump in self.dumps)

    @property
    def complete(self) -> bool:
        """Whether no dump and no single entry was refused."""
        return not self.refused and not any(dump.refusals for dump in self.dumps)

    def to_json(self) -> dict[str, Any]:
        """Return the report as scripts rely on it (docs/use/ingest.md)."""
        return {
            "dumps": [_dump_to_json(dump) for dump in self.dumps],
            "entries": self.tally.entries,
            "papers": self.tally.new,
            "repeats": self.tally.repeated,
            "revised": self.tally.revised,
            "refused": self.refused,
        }


def ingest(
    database: Database,
    paths: Sequence[Path],
    *,
    now: datetime,
    given: dt.date | None,
    classify: Classify,
    progress: Progress | None = None,
) -> IngestReport:
    """Load every dump that the paths mean; a mistake in one does not affect the others.

    given: the day that the operator names for dumps whose date has no year, or that have no date;
    without it a missing year is the newest that is not after the file's time.
    """
    reports: list[DumpReport] = []
    for path in paths:
        try:
            files = dump_files.expand(path)
        except (InputError, NotFoundError) as exc:
            reports.append(DumpReport(str(path), "refused", reason=str(exc)))
            continue
        reports += [
            ingest_file(database, file, now=now, given=given, classify=classify, progress=progress)
            for file in files
        ]
    return IngestReport(tuple(reports))


def ingest_file(
    database: Database,
    path: Path,
    *,
    name: str = "",
    now: datetime,
    given: dt.date | None,
    classify: Classify,
    progress: Progress | None = None,
) -> DumpReport:
    """Load one file. `name`: how to call it, if not by its path."""
    shown = name or str(path)
    try:
        file = dump_files.examine(path)
    except InputError as exc:
        return DumpReport(shown, "refused", reason=str(exc))

    def parts() -> Iterator[Part]:
        chunks = dump_files.read(file, progress)
        return detect(file.first_bytes).parse(chunks, not_after=file.day, given=given)

    origin = Origin(name or printable(path.name), file.content_hash)
    return _take(database, shown, origin, parts, now, classify)


def ingest_list(
    database: Database,
    content: bytes,
    *,
    source: str,
    keeps: bool,
    now: datetime,
    classify: Classify,
) -> DumpReport:
    """Load a list from a live source, as JSON lines with its date.

    It replaces what the source brought of that date before. keeps: only by adding to it.
    """

    def parts() -> Iterator[Part]:
        return json_lines.parse([content], not_after=now.date())

    origin = Origin(source, hashlib.sha256(content).hexdigest(), source, keeps)
    return _take(database, source, origin, parts, now, classify)


def _take(
    database: Database,
    shown: str,
    origin: Origin,
    parts: Callable[[], Iterator[Part]],
    now: datetime,
    classify: Classify,
) -> DumpReport:
    report = _load(database, shown, origin, parts, now, classify)
    tally = report.tally
    if report.status == "new":
        counts = f"{tally.entries} entries, {tally.new} new papers"
        left = f", {len(report.refusals)} refused" if report.refusals else ""
        _log.info("Loaded %s of %s: %s%s.", shown, report.date, counts, left)
    elif report.status == "refused":
        place = f"line {report.line}: " if report.line else ""
        _log.warning("Refused %s: %s%s", shown, place, report.reason)
    else:
        _log.info("Nothing to load from %s: %s.", shown, report.reason)
    return report


def _load(
    database: Database,
    shown: str,
    origin: Origin,
    parts: Callable[[], Iterator[Part]],
    now: datetime,
    classify: Classify,
) -> DumpReport:
    content_hash, name = origin.content_hash, origin.name
    with database.read() as session:
        if report := _known(session, content_hash, shown):
            return report
    try:
        with parsed(parts()) as waiting, database.write() as session:
            dumps.lock(session)
            if report := _known(session, content_hash, shown):  # loaded by another meanwhile
                return report
            loaded = load(session, origin, waiting, now=now, classify=classify)
    except DumpError as exc:
        with database.write() as session:
            dumps.save_refused(session, content_hash, name=name, reason=str(exc), now=now)
        return DumpReport(shown, "refused", reason=exc.reason, line=exc.line)
    return DumpReport(
        shown,
        "new",
        loaded.header.date,
        loaded.header.year_source,
        loaded.tally,
        refusals=loaded.refusals,
    )


def _known(session: Session, content_hash: str, shown: str) -> DumpReport | None:
    """Return the report about content that was loaded before."""
    known = dumps.find(session, content_hash)
    if known is None or known.status is not DumpStatus.LOADED:
        return None
    came = f"{known.ingested_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    reason = f"the same content was loaded as {known.name!r} on {came}"
    return DumpReport(shown, "known", known.date, reason=reason)


def _dump_to_json(dump: DumpReport) -> dict[str, Any]:
    return {
        "file": dump.file,
        "status": dump.status,
        "date": dump.date.isoformat() if dump.date else None,
        "entries": dump.tally.entries,
        "new": dump.tally.new,
        "repeated": dump.tally.repeated,
        "revised": dump.tally.revised,
        "reason": f"line {dump.line}: {dump.reason}" if dump.line else dump.reason,
        "refusals": [{"line": one.line, "reason": one.reason} for one in dump.refusals],
    }
