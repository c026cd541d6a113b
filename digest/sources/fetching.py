"""Fetch live sources when they are due, and load their lists as dumps.

What goes wrong with one source affects no other: it is recorded, shown by `statuses`, and retried.
"""

import datetime as dt
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError, OperationalError

from digest.errors import DumpError, FetchError, NotFoundError
from digest.ground.database.engine import Database
from digest.papers import merging
from digest.papers.dump_loading import Classify
from digest.papers.dumps import json_lines
from digest.papers.ingest import ingest_list
from digest.papers.rules.identifiers import Names
from digest.papers.rules.identity import identity
from digest.papers.store import appearances
from digest.sources.http.fetcher import Fetcher
from digest.sources.kinds import Source
from digest.sources.lists import Fetched, FetchedList, fetch_lists
from digest.sources.reports import (
    ListReport,
    failure_report,
    list_report,
    missing_reports,
    undated_reports,
)
from digest.sources.rules import source_state
from digest.sources.rules.source_state import SourceState, SourceStatus
from digest.sources.store import sources as states

_log = logging.getLogger(__name__)

_SPACING_SECONDS = 3.0  # at least so long do other processes leave a host alone after a fetch


class SourceFetcher:
    """Fetches sources, loads their lists and remembers how each does. One per process."""

    def __init__(
        self,
        database: Database,
        sources: Sequence[Source],
        fetcher: Fetcher,
        classify: Classify,
        clock: Callable[[], datetime],
    ) -> None:
        self.database = database
        self.sources = sources
        self._fetcher = fetcher
        self._classify = classify
        self._clock = clock
        self._holder = secrets.token_hex(8)

    def fetch_due(self) -> list[ListReport]:
        """Fetch the sources that are due; the scheduler may call this at any time."""
        reports: list[ListReport] = []
        for source in self.sources:
            with self.database.read() as session:
                state = states.get(session, source.name)
            if source_state.is_due(source, state, self._clock()):
                reports += self._fetch(source, None, only_due=True)
        return reports

    def fetch(self, name: str = "", on: dt.date | None = None) -> list[ListReport]:
        """Fetch one source, or all, now. Raises NotFoundError for a name that no source has."""
        reports: list[ListReport] = []
        for source in self._named(name):
            reports += undated_reports(source, on) or self._fetch(source, on, only_due=False)
        return reports

    def try_out(self, name: str = "", on: dt.date | None = None) -> list[ListReport]:
        """Fetch one source, or all, and load nothing: report what would be loaded."""
        reports: list[ListReport] = []
        for source in self._named(name):
            reports += undated_reports(source, on) or self._try_out(source, on)
        return reports

    def statuses(self) -> list[SourceStatus]:
        """Say how each source does."""
        with self.database.read() as session:
            found = states.all_by_name(session)
        return source_state.list_statuses(self.sources, found, self._clock())

    def _named(self, name: str) -> list[Source]:
        found = [source for source in self.sources if name in ("", source.name)]
        if not found:
            what = f"no source named {name!r}" if name else "no sources"
            raise NotFoundError(
                f"There is {what}.", hint="DIGEST_SOURCES names the file that lists them"
            )
        return found

    def _try_out(self, source: Source, on: dt.date | None) -> list[ListReport]:
        day = on or self._clock().date()
        try:
            fetched = self._fetch_lists(source, day, None, lambda: None)
        except (FetchError, DumpError) as exc:
            return [failure_report(source, exc)]
        lists = [
            list_report(source, one, "new" if one.entries else "empty")
            for one in fetched.lists or ()
        ]
        return lists + missing_reports(source, fetched)

    def _fetch(self, source: Source, on: dt.date | None, *, only_due: bool) -> list[ListReport]:
        now = self._clock()
        if not self._acquire(source):
            reason = f"another process is fetching from {source.host}"
            return [ListReport(source.name, "busy", reason=reason)]
        try:
            with self.database.read() as session:
                state = states.get(session, source.name)
            if only_due and not source_state.is_due(source, state, now):
                return []  # the process that had the host has just fetched it
            return self._ask(source, state or SourceState(source.name, now), on)
        finally:
            self._release(source)

    def _ask(self, source: Source, state: SourceState, on: dt.date | None) -> list[ListReport]:
        day, known = on or self._clock().date(), state if on is None else None
        try:
            fetched = self._fetch_lists(source, day, known, lambda: self._renew(source))
        except (FetchError, DumpError) as exc:
            reports = [failure_report(source, exc)]
            after = source_state.failed(
                state, reports[0].reason, wait_seconds=_wait(exc), now=self._clock()
            )
        else:
            reports, after = self._load_all(source, state, fetched, remember=on is None)
        with self.database.write() as session:
            states.save(session, after)
        return reports

    def _fetch_lists(
        self, source: Source, on: dt.date, state: SourceState | None, before: Callable[[], None]
    ) -> Fetched:
        """Fetch the lists of a source; whatever goes wrong is a failure of this source alone."""
        try:
            return fetch_lists(source, self._fetcher, on=on, state=state, before_each=before)
        except (FetchError, DumpError, DBAPIError):
            raise
        except Exception as exc:
            _log.exception("the answer of the source %s brought about an error", source.name)
            raise DumpError(f"its answer brought about an error: {_in_words(exc)}") from exc

    def _load_all(
        self, source: Source, state: SourceState, fetched: Fetched, *, remember: bool
    ) -> tuple[list[ListReport], SourceState]:
        """Load the fetched lists; return the results, and the state of the source afterwards.

        remember: whether these are today's lists, by which the source is judged.
        """
        now = self._clock()
        after = source_state.succeeded(state, now=now)
        if fetched.lists is None:
            return [ListReport(source.name, "unchanged")], after
        reports = []
        for one in fetched.lists:
            report = self._load(source, after, one)
            reports.append(report)
            if remember:
                after = _state_after(after, one, report, now)
        if remember:
            tag, modified = fetched.validators.etag, fetched.validators.last_modified
            after = replace(
                after, validated_url=fetched.url[:2000], etag=tag, last_modified=modified
            )
        reports += missing_reports(source, fetched)
        if reasons := [one.words for one in reports if one.status == "failed"]:
            wait = max((_wait(one.error) for one in fetched.failed), default=0.0)
            after = source_state.fell_short(
                after, state, "; ".join(reasons), wait_seconds=wait, now=now
            )
        return reports, after

    def _load(self, source: Source, state: SourceState, one: FetchedList) -> ListReport:
        """Load a list; what is wrong with it costs no other list."""
        try:
            return self._load_list(source, state, one)
        except DumpError as exc:
            return replace(failure_report(source, exc), date=one.day)
        except OperationalError:
            raise  # of the database, and no fault of the list
        except Exception as exc:
            _log.exception("a list of the source %s brought about an error", source.name)
            error = DumpError(f"it brought about an error: {_in_words(exc)}")
            return replace(failure_report(source, error), date=one.day)

    def _load_list(self, source: Source, state: SourceState, one: FetchedList) -> ListReport:
        if not one.entries:
            return list_report(source, one, "empty")
        if one.day > _latest(self._clock()):  # it would count as the newest
            raise DumpError(f"the list is dated {one.day}, which is in the future")
        later = state.last_date is not None and one.day > state.last_date
        if later and not source.is_rolling and one.fingerprint == state.last_hash:
            reason = f"it is the list of {state.last_date} again"
            return replace(list_report(source, one, "repeated"), reason=reason)
        old = self._listed_before(source, one)
        entries = one.entries
        if source.is_rolling:
            entries = tuple(entry for entry, is_old in zip(entries, old, strict=True) if not is_old)
        if not entries:
            return list_report(source, one, "empty")
        loaded = ingest_list(
            self.database,
            json_lines.write(one.day, source.name, entries, ranked=one.ranked),
            source=source.name,
            keeps=source.is_rolling,
            now=self._clock(),
            classify=self._classify,
        )
        if loaded.status == "refused":
            raise DumpError(loaded.reason, line=loaded.line)
        reason = "" if source.is_rolling else source_state.staleness(sum(old), len(old))
        return replace(list_report(source, one, loaded.status), tally=loaded.tally, reason=reason)

    def _listed_before(self, source: Source, one: FetchedList) -> list[bool]:
        """Return of each entry whether the source has listed its paper on an earlier day."""
        names = [Names(entry.identifiers, identity(entry.title)) for entry in one.entries]
        with self.database.read() as session:
            places = merging.find_papers(session, names, merging.find_existing(session, names))
            old = appearances.listed_before(session, source.name, one.day, set(places))
        return [place in old for place in places]

    def _acquire(self, source: Source) -> bool:
        if not source.host:
            return True
        now = self._clock()
        with self.database.write() as session:
            until = now + states.LONGEST_LEASE
            return states.acquire(session, source.host, holder=self._holder, until=until, now=now)

    def _renew(self, source: Source) -> None:
        if not self._acquire(source):
            raise FetchError(f"another process has begun to fetch from {source.host}", passing=True)

    def _release(self, source: Source) -> None:
        """Release the host; other processes wait as long as we would between two requests."""
        if source.host:
            now = self._clock()
            until = now + timedelta(seconds=max(source.spacing_seconds, _SPACING_SECONDS))
            with self.database.write() as session:
                states.acquire(session, source.host, holder=self._holder, until=until, now=now)


def _state_after(
    state: SourceState, one: FetchedList, report: ListReport, now: datetime
) -> SourceState:
    """Return the state after a list of today was loaded."""
    if report.status == "repeated":
        return replace(state, repeating_since=state.repeating_since or now, error="")
    # A date in the future was saved when the clock was wrong.
    known = state.last_date if state.last_date and state.last_date <= _latest(now) else None
    newest = known is None or one.day >= known
    if report.status != "new" or not newest:
        return state
    news = one.day != state.last_date or one.fingerprint != state.last_hash
    return replace(
        state,
        last_date=one.day,
        last_hash=one.fingerprint,
        last_new_at=now if news else state.last_new_at,
        last_new=report.tally.new if news else state.last_new,
        repeating_since=(state.repeating_since or now) if report.reason else None,
        error=report.reason,
    )


def _latest(now: datetime) -> dt.date:
    """Return the latest date of any list: in the far east it is tomorrow already."""
    return now.date() + timedelta(days=1)


def _wait(error: FetchError | DumpError) -> float:
    return error.wait_seconds if isinstance(error, FetchError) else 0.0


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
