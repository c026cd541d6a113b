"""Plan who gets an edition: all who have not had it, or those whose delivery schedule is due.

A schedule's readers get the newest fresh edition, once in each period. The schedules say when to
look, the ledger says which of their readers have had the period's mail. So a wrong or repeated look
costs a query and never a second mail.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from digest.delivery.send_report import SendReport, report_of
from digest.delivery.store import periods, planning, stops
from digest.delivery.store.periods import DuePeriods
from digest.editions.rules.freshness import Freshness
from digest.editions.store import editions
from digest.editions.store.editions import OpenEdition
from digest.ground.database.engine import Database
from digest.ground.time.due_times import (
    EARLIEST_ZONE,
    Period,
    is_awake,
    known_zone,
    local_date,
    next_due,
    period,
)
from digest.model import StopKind
from digest.subscribers.store import schedules
from digest.subscribers.store.schedules import DueSchedule

_log = logging.getLogger(__name__)

Canary = Callable[[int, int], int] | None


@dataclass(slots=True)
class PlanReport:
    """What was planned of the schedules that are due.

    edition: the newest one, if it is fresh. stale: else its date. schedules: how many were planned.
    waiting: how many are due and wait for an edition. lapsed: readers whose period went by without
    a mail, by its key: nothing was open in time, or no scheduler ran.
    """

    edition: date | None = None
    stale: date | None = None
    planned: int = 0
    schedules: int = 0
    waiting: int = 0
    lapsed: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "edition": self.edition.isoformat() if self.edition else None,
            "held": self.stale.isoformat() if self.stale else None,
            "planned": self.planned,
            "schedules": self.schedules,
            "waiting": self.waiting,
            "lapsed": dict(self.lapsed),
        }


@dataclass(frozen=True, slots=True)
class _Step:
    """What is to be done with a schedule that is due, and when it is due next.

    period: the one that is planned now; None when there is nothing to plan. missed: the period that
    it waited in, and that is over.
    """

    due: DueSchedule
    next_due_at: datetime
    tried: int | None = None
    period: Period | None = None
    missed: Period | None = None


def plan(
    database: Database,
    edition: OpenEdition,
    *,
    only: int | None = None,
    now: datetime | None = None,
    zone: str = "UTC",
    canary: Canary = None,
) -> int:
    """Queue a delivery for every active subscriber without one; count the new ones.

    now: it is their mail of the period that they are in; left out, it counts for none. zone: of who
    is in one that nobody knows. canary: how many of them go first (`Thresholds.canary`).
    """
    with database.write() as session:
        found = in_known_zones(schedules.list_all(session), zone) if now else []
        days = {one.id: local_date(one.schedule.timezone, now) for one in found if now}
        return planning.plan(
            session, edition.id, only=only, days=days, now=now, canary=None if only else canary
        )


def plan_edition(
    database: Database, on: date, *, now: datetime, zone: str = "UTC", canary: Canary = None
) -> tuple[int, SendReport]:
    """Plan the edition of a date for whoever sends it; return how many are new, and the report.

    One transaction: after a kill either all of them are planned or none, and to ask again plans
    nobody twice. NotFoundError when the edition is not open.
    """
    with database.read() as session:
        edition = editions.get(session, on)
    queued = plan(database, edition, now=now, zone=zone, canary=canary) if edition else 0
    return queued, report_of(database, on)


def plan_due(
    database: Database, fresh: Freshness, *, now: datetime, canary: Canary = None
) -> PlanReport:
    """Queue the mail of everybody whose schedule is due.

    canary: how many of them go first (`Thresholds.canary`).
    Two at once are safe: each schedule is claimed by comparing what was read of it.
    """
    report = PlanReport()
    with database.read() as session:
        odd = schedules.list_odd(session, now)
    if odd:
        _log.warning("Schedules with a time of no period are looked at anew: %s", odd)
        with database.write() as session:
            schedules.look_again(session, odd)
    with database.read() as session:
        edition_id = _newest_fresh(session, fresh, now, report)
        due = in_known_zones(schedules.list_due(session, now), fresh.timezone)
    steps = [_step(schedule, edition_id, now) for schedule in due]
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


def in_known_zones(found: Sequence[DueSchedule], zone: str) -> list[DueSchedule]:
    """Give schedules in a zone that nobody knows the service's; an alert tells the operator."""
    return [
        each._replace(
            schedule=replace(
                each.schedule, timezone=known_zone(each.schedule.timezone, otherwise=zone)
            )
        )
        for each in found
    ]


def _newest_fresh(
    session: Session, fresh: Freshness, now: datetime, report: PlanReport
) -> int | None:
    """Return the id of the newest edition, unless it is too old, cancelled, or there is none."""
    found = editions.newest(session)
    if found is None:
        return None
    edition_id, day = found
    stop = stops.stop_of(session, edition_id)
    if stop is not None and stop.kind is StopKind.CANCELLED:
        return None
    if not fresh.allows(day, now):
        report.stale = day
        return None
    report.edition = day
    return edition_id


def _step(due: DueSchedule, edition_id: int | None, now: datetime) -> _Step | None:
    """Decide what is to be done with a schedule that is due; None: it waits, and stays due."""
    current = period(due.schedule, now)
    before = due.next_due_at and period(due.schedule, due.next_due_at)
    missed = before if before and (current is None or before.key != current.key) else None
    if current is None or current.due_at > now:
        return _Step(due, next_due(due.schedule, now), missed=missed)
    tried = None if missed else due.tried
    if edition_id is not None and edition_id != tried and is_awake(due.schedule, now):
        return _Step(due, current.due_at, tried=edition_id, period=current, missed=missed)
    return _Step(due, current.due_at, missed=missed) if missed else None


def _claim(session: Session, step: _Step) -> bool:
    return schedules.advance(session, step.due, next_due_at=step.next_due_at, tried=step.tried)


def _count_missed(
    session: Session, steps: Sequence[_Step], now: datetime, report: PlanReport
) -> None:
    missed = {step.due.id: step.missed for step in steps if step.missed}
    due = DuePeriods({id_: each.first for id_, each in missed.items()}, _latest(now))
    for id_, readers in periods.count_due(session, due).items():
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
    planned = {step.due.id: step.period for step in steps if step.period}
    if not planned:
        return
    due = DuePeriods({id_: each.first for id_, each in planned.items()}, _latest(now))
    days = {step.due.id: local_date(step.due.schedule.timezone, now) for step in steps}
    report.schedules = len(planned)
    waiting = periods.count_due(session, due, had=edition_id)
    report.planned = planning.plan(session, edition_id, days=days, due=due, now=now, canary=canary)
    done = [step.due for step in steps if step.due.id not in waiting]
    schedules.finish(session, {one.id: next_due(one.schedule, now) for one in done})


def _latest(now: datetime) -> date:
    return local_date(EARLIEST_ZONE, now)
