"""Ingest: dumps to papers. One transaction a dump; a refused one leaves nothing but its reason."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from digest.core.dumps import Refusal, detect
from digest.core.dumps.parts import YearSource
from digest.db import dumps
from digest.db.engine import Database
from digest.db.tables import DumpStatus
from digest.errors import DumpError, InputError, NotFoundError
from digest.services import dump_files
from digest.services.dump_files import Progress
from digest.services.dump_loading import NOTHING, Classify, Tally, load


@dataclass(frozen=True, slots=True)
class DumpReport:
    """What became of one file.

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
    """What became of all files, in the order of the arguments."""

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
        """Return the report as scripts rely on it (docs/ingest.md)."""
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
    """Load every dump that the paths mean; whatever is wrong with one of them stays its own.

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
        reports += [_take(database, file, now, given, classify, progress) for file in files]
    return IngestReport(tuple(reports))


def _take(
    database: Database,
    path: Path,
    now: datetime,
    given: dt.date | None,
    classify: Classify,
    progress: Progress | None,
) -> DumpReport:
    try:
        file = dump_files.examine(path)
    except InputError as exc:
        return DumpReport(str(path), "refused", reason=str(exc))
    try:
        with database.write() as session:
            dumps.lock(session)
            known = dumps.find(session, file.content_hash)
            if known and known.status is DumpStatus.LOADED:
                came = f"{known.ingested_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
                reason = f"the same content came as {known.name!r} on {came}"
                return DumpReport(str(path), "known", known.date, reason=reason)
            parts = detect(file.first_bytes).parse(
                dump_files.read(file, progress), not_after=file.day, given=given
            )
            loaded = load(session, file, parts, now=now, classify=classify)
    except DumpError as exc:
        with database.write() as session:
            dumps.refuse(session, file.content_hash, name=path.name, reason=str(exc), now=now)
        return DumpReport(str(path), "refused", reason=exc.reason, line=exc.line)
    return DumpReport(
        str(path),
        "new",
        loaded.header.date,
        loaded.header.year_source,
        loaded.tally,
        refusals=loaded.refusals,
    )


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
