"""Decide the state of a source after a fetch, and how the source does."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.sources.kinds import Source


FAILING_FOR = timedelta(hours=24)  # a shorter failure is shown but not mailed
_FIRST_RETRY = timedelta(minutes=5)
_LONGEST_ERROR = 500  # characters
_LEAST_OLD = 3  # papers that a list has to have from earlier days to be a stale one


@dataclass(frozen=True, slots=True)
class SourceState:
    """The stored state of a source; the fields are those of `tables.SourceRow`.

    error: what failed, while it fails; how it repeats itself, where that needs words.
    """

    name: str
    first_seen_at: datetime
    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    last_new: int = 0
    last_date: dt.date | None = None
    last_hash: str = ""
    repeating_since: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error: str = ""
    not_before: datetime | None = None
    validated_url: str = ""
    etag: str = ""
    last_modified: str = ""


class Health(StrEnum):
    """How a source does. Only the first two are well."""

    FINE = "fine"
    UNTRIED = "untried"
    FAILING = "failing"
    REPEATING = "repeating"  # it brings an old list under a new date
    SILENT = "silent"  # it answers, and brings nothing new for longer than is usual


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How one source does: what every page, command and alert says of it.

    since: when `health` began. words: one line for people. needs_attention: whether it is time to
    tell the operator.
    """

    name: str
    kind: str
    health: Health
    since: datetime | None
    words: str
    state: SourceState | None
    needs_attention: bool

    @property
    def is_well(self) -> bool:
        """Whether it needs no attention."""
        return self.health in (Health.FINE, Health.UNTRIED)


def failed(state: SourceState, error: str, *, wait_seconds: float, now: datetime) -> SourceState:
    """Return the state after a fetch that brought nothing."""
    return replace(
        state,
        last_attempt_at=now,
        failing_since=state.failing_since or now,
        failures=state.failures + 1,
        error=one_line(error),
        not_before=now + timedelta(seconds=wait_seconds) if wait_seconds else None,
    )


def fell_short(
    state: SourceState, before: SourceState, error: str, *, wait_seconds: float, now: datetime
) -> SourceState:
    """Return the state after a fetch of which a part could not be used.

    before: the state before the fetch. What was missed is asked for as soon as after a failure,
    and everything else with it, whether it has changed or not.
    """
    failing = replace(state, failing_since=before.failing_since, failures=before.failures)
    after = failed(failing, error, wait_seconds=wait_seconds, now=now)
    return replace(after, validated_url="", etag="", last_modified="")


def one_line(error: str) -> str:
    """Return plain text of bounded length for terminals, mails and databases."""
    plain = "".join(one if one.isprintable() else " " for one in error)
    return " ".join(plain.split())[:_LONGEST_ERROR]


def succeeded(state: SourceState, *, now: datetime) -> SourceState:
    """Return the state after an answer that could be used, whatever was in it."""
    return replace(
        state,
        last_attempt_at=now,
        last_success_at=now,
        failing_since=None,
        failures=0,
        error="" if state.failing_since or not state.repeating_since else state.error,
        not_before=None,
    )


def staleness(old: int, listed: int) -> str:
    """Return how far a list is that of earlier days; empty if it has enough that is new.

    old: how many of its papers the source had listed before. One new paper in ten, and two in all,
    are enough; very short lists are not judged.
    """
    if old < _LEAST_OLD or listed - old > max(1, listed // 10):
        return ""
    return f"{old} of its {listed} papers were on its lists of earlier days"


def is_due(source: "Source", state: SourceState | None, now: datetime) -> bool:
    """Whether the scheduler should fetch a source now.

    After a failure it is asked again in 5 minutes, then in twice as many, up to its own interval;
    never before the server wants to be asked, nor while the source publishes nothing. What lies
    in the future was noted when the clock was wrong, and does not count.
    """
    if source.is_quiet(now):
        return False
    if state is None or state.last_attempt_at is None or state.last_attempt_at > now:
        return True
    if state.not_before and now < state.not_before:
        return False
    interval = timedelta(minutes=source.every_minutes)
    if state.failures:
        interval = min(interval, _FIRST_RETRY * 2 ** min(state.failures - 1, 12))
    return now >= state.last_attempt_at + interval


def source_status(source: "Source", state: SourceState | None, now: datetime) -> SourceStatus:
    """Say how a source does: the one rule for failing, repeating and silent sources.

    The hours in which a source publishes nothing by habit count neither as silence nor as failure.
    """
    health, since, words = _judge(source, state, now)
    overdue = health is not Health.FAILING or _lasts(source, since, now) > FAILING_FOR
    ill = health not in (Health.FINE, Health.UNTRIED)
    words = f"{source.name}: {words}"
    return SourceStatus(source.name, source.kind, health, since, words, state, ill and overdue)


def list_statuses(
    sources: "Sequence[Source]", states: Mapping[str, SourceState], now: datetime
) -> list[SourceStatus]:
    """Say how each source does, in the order of the file."""
    return [source_status(source, states.get(source.name), now) for source in sources]


def _judge(
    source: "Source", state: SourceState | None, now: datetime
) -> tuple[Health, datetime | None, str]:
    if state is None:
        return Health.UNTRIED, None, "not fetched yet"
    if state.failing_since:
        tries = f"{state.failures} time{'s' if state.failures > 1 else ''}"
        words = f"failing since {_time(state.failing_since)} ({tries}): {state.error}"
        return Health.FAILING, state.failing_since, words
    if state.repeating_since:
        since = _time(state.repeating_since)
        words = f"repeats the list of {state.last_date} since {since}"
        if state.error:
            words = f"brings hardly anything new since {since}: {state.error}"
        return Health.REPEATING, state.repeating_since, words
    news = state.last_new_at or state.first_seen_at
    if _lasts(source, news, now) > timedelta(days=source.silent_after_days):
        return Health.SILENT, news, f"nothing new since {_time(news)}"
    if state.last_new_at is None:
        return Health.FINE, state.last_success_at, "answers, and has had nothing yet"
    words = f"fine; newest list {state.last_date}, came {_time(state.last_new_at)}"
    return Health.FINE, state.last_success_at, words


def _lasts(source: "Source", since: datetime | None, now: datetime) -> timedelta:
    """Return for how long something has been so, without the source's quiet time."""
    return now - since - source.quiet_time(since, now) if since else timedelta()


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
