"""What a fetch of live sources brought: one report for each list, for people and scripts."""

import datetime as dt
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from digest.errors import DumpError, FetchError
from digest.papers.dump_loading import NOTHING, Tally
from digest.sources.kinds import Source
from digest.sources.lists import Fetched, FetchedList
from digest.sources.rules.source_state import one_line

Status = Literal["new", "known", "unchanged", "empty", "repeated", "failed", "busy", "undated"]


@dataclass(frozen=True, slots=True)
class ListReport:
    """The result for one list. new: a list, or a later state of it, that was loaded."""

    source: str
    status: Status
    date: dt.date | None = None
    tally: Tally = NOTHING
    listed: int = 0  # entries that the source has, whether they are loaded or not
    outside: int = 0  # entries of other days in its answer
    refused: int = 0
    reason: str = ""

    @property
    def words(self) -> str:
        """The reason, with the list that it is about."""
        return f"the list of {self.date}: {self.reason}" if self.date else self.reason

    def to_json(self) -> dict[str, Any]:
        """Return the report for scripts (docs/use/sources.md)."""
        counts = asdict(self.tally)
        day = self.date.isoformat() if self.date else None
        names = ("source", "status", "listed", "outside", "refused", "reason")
        return {**{name: getattr(self, name) for name in names}, "date": day, **counts}


def list_report(source: Source, one: FetchedList, status: Status) -> ListReport:
    """Report on a list that was fetched."""
    return ListReport(
        source.name,
        status,
        one.day,
        listed=len(one.entries),
        outside=one.outside,
        refused=len(one.refusals),
    )


def failure_report(source: Source, exc: FetchError | DumpError) -> ListReport:
    """Report what went wrong, and what can be done about it."""
    reason = f"{exc}; {exc.hint}" if exc.hint else str(exc)
    return ListReport(source.name, "failed", reason=one_line(reason))


def missing_reports(source: Source, fetched: Fetched) -> list[ListReport]:
    """Report the lists that could not be had, and those of which a part is missing."""
    whole = [replace(failure_report(source, one.error), date=one.day) for one in fetched.failed]
    parts = [
        ListReport(source.name, "failed", one.day, reason=one_line(one.trouble))
        for one in fetched.lists or ()
        if one.trouble
    ]
    return whole + parts


def undated_reports(source: Source, on: dt.date | None) -> list[ListReport]:
    """Report that a source has no lists of other days, if one is asked for."""
    if on is None or source.has_other_days:
        return []
    return [ListReport(source.name, "undated", reason="it has no lists of other days")]
