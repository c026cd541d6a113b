"""Plan who is due: a schedule's readers get the newest fresh edition, once in each period.

The rota says which schedules to look at, the ledger who of their readers has had the period's mail.
So a wrong or repeated look costs a query and never a second mail.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from digest.delivery.store import periods as served
from digest.delivery.store import planning, stops
from digest.delivery.store.periods import Owed
from digest.editions.open_edition import Freshness
from digest.editions.store import editions
from digest.ground.database.engine import Database
from digest.ground.time.due_times import Period, is_awake, local_date, next_due, period
from digest.model import StopKind
from digest.subscribers.store import schedules
from digest.subscribers.store.schedules import DueSchedule

Canary = Callable[[int, int], int] | None

_EARLIEST_ZONE = "Etc/GMT-14"  # where every date begins


@dataclass(slots=True)
class PlanReport:
    """What a look at the rota did.

    edition: the newest one, if it is fresh. held: else its date. schedules: how many were planned.
    waiting: how many are due and wait for an edition. lapsed: readers whose period went by without
    a mail, by its key: nothing was open in time, or no clock ran.
    """

    edition: date | None = None
    held: date | None = None
    planned: int = 0
    schedules: int = 0
    waiting: int = 0
    lapsed: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "edition": self.edition.isoformat() if self.edition else None,
            "held": self.held.isoformat() if self.held else None,
            "planned": self.planned,
            "schedules": self.schedules,
            "waiting": self.waiting,
            "lapsed": dict(self.lapsed),
        }


@dataclass(frozen=True, slots=True)
class _Step:
    """What is to be done with a schedule, and what the rota shall say of it then.

    period: the one that is planned now; None when there is nothing to plan. missed: the period that
    it waited in, and that is over.
    """

    turn: DueSchedule
    next_due_at: datetime
    tried: int | None = None
    period: Period | None = None
    missed: Period | None = None


def plan_due(
    database: Database, fresh: Freshness, *, now: datetime, canary: Canary = None
) -> PlanReport:
    """Queue the mail of everybody who is owed one now.

    canary: how many of them go first (`Thresholds.canary`).
    Two at once are safe: each schedule is claimed by comparing what was read of it.
    """
    report = PlanReport()
    with database.read() as session:
        edition_id = _newest_fresh(session, fresh, now, report)
        turns = schedules.list_due(session, now)
    steps = [_step(turn, edition_id, now) for turn in turns]
    if todo := [step for step in steps if step is not None]:
        with database.write() as session:
            ours = [step for step in todo if _claim(session, step)]
            _count_missed(session, ours, now, report)
            if edition_id is not None:
                _plan(
                    session, edition_id, [each for each in ours if each.period], now, report, canary
                )
    report.waiting = steps.count(None)
    return report


def _newest_fresh(
    session: Session, fresh: Freshness, now: datetime, report: PlanReport
) -> int | None:
    """Return the id of the newest edition, unless it is too old, cancelled, or there is none."""
    found = editions.newest_id(session)
    if found is None:
        return None
    edition_id, day = found
    stop = stops.stop_of(session, edition_id)
    if stop is not None and stop.kind is StopKind.CANCELLED:
        return None
    if not fresh.allows(day, now):
        report.held = day
        return None
    report.edition = day
    return edition_id


def _step(turn: DueSchedule, edition_id: int | None, now: datetime) -> _Step | None:
    """Decide what is to be done with a schedule that is due; None: it waits, as the rota says."""
    current = period(turn.schedule, now)
    before = turn.next_due_at and period(turn.schedule, turn.next_due_at)
    missed = before if before and (current is None or before.key != current.key) else None
    if current is None or current.due_at > now:
        return _Step(turn, next_due(turn.schedule, now), missed=missed)
    tried = None if missed else turn.tried
    if edition_id is not None and edition_id != tried and is_awake(turn.schedule, now):
        return _Step(turn, current.due_at, tried=edition_id, period=current, missed=missed)
    return _Step(turn, current.due_at, missed=missed) if missed else None


def _claim(session: Session, step: _Step) -> bool:
    return schedules.advance(session, step.turn, next_due_at=step.next_due_at, tried=step.tried)


def _count_missed(
    session: Session, steps: Sequence[_Step], now: datetime, report: PlanReport
) -> None:
    missed = {step.turn.id: step.missed for step in steps if step.missed}
    owed = Owed({id_: each.first for id_, each in missed.items()}, _latest(now))
    for id_, readers in served.count_owed(session, owed).items():
        report.lapsed[missed[id_].key] += readers


def _plan(
    session: Session,
    edition_id: int,
    steps: Sequence[_Step],
    now: datetime,
    report: PlanReport,
    canary: Canary,
) -> None:
    """Plan the schedules that are ours; those with nobody left are done until their next period."""
    periods = {step.turn.id: step.period for step in steps if step.period}
    if not periods:
        return
    owed = Owed({id_: each.first for id_, each in periods.items()}, _latest(now))
    days = {step.turn.id: local_date(step.turn.schedule.timezone, now) for step in steps}
    report.schedules = len(periods)
    waiting = served.count_owed(session, owed, had=edition_id)
    report.planned = planning.plan(
        session, edition_id, days=days, owed=owed, now=now, canary=canary
    )
    done = [step.turn for step in steps if step.turn.id not in waiting]
    schedules.finish(session, {turn.id: next_due(turn.schedule, now) for turn in done})


def _latest(now: datetime) -> date:
    return local_date(_EARLIEST_ZONE, now)
