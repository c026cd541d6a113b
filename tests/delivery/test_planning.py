"""Who is planned, when, and that two who plan at once, or a look too many, do no harm."""

import threading
from collections import Counter
from datetime import date, timedelta

from sqlalchemy import select

from digest.delivery.planning import plan_due
from digest.delivery.store import periods, planning
from digest.editions.rules.freshness import Freshness
from digest.ground.database.tables.delivery import DeliveryRow
from digest.model import DeliverySchedule, Preferences
from digest.subscribers.store import schedules, subscribers
from tests.factories import DAY, NOON
from tests.rows import store_dump, store_edition, store_subscribers

FRESH = Freshness(timedelta(hours=48), "UTC")
HOUR = timedelta(hours=1)


def wants(**fields) -> Preferences:
    return Preferences(schedule=DeliverySchedule(**fields))


def open_edition(database, day: date = DAY) -> int:
    with database.write() as session:
        return store_edition(session, store_dump(session, day, [f"Paper of {day}"]), day)


def join(database, count: int, first: int = 1, **fields) -> list[int]:
    with database.write() as session:
        return store_subscribers(session, count, preferences=wants(**fields), first=first)


def planned(database) -> Counter[date | None]:
    with database.read() as session:
        return Counter(session.scalars(select(DeliveryRow.day)))


def test_readers_are_planned_from_their_hour_on_and_once(database):
    open_edition(database)
    join(database, 3, hour=13)
    assert plan_due(database, FRESH, now=NOON).planned == 0
    assert plan_due(database, FRESH, now=NOON + 59 * HOUR / 60).planned == 0
    assert plan_due(database, FRESH, now=NOON + HOUR).planned == 3
    assert plan_due(database, FRESH, now=NOON + HOUR).planned == 0
    assert planned(database) == {DAY: 3}
    with database.read() as session:
        assert schedules.list_all(session)[0].next_due_at == NOON + 25 * HOUR


def test_who_comes_after_his_hour_is_mailed_at_the_next_look(database):
    open_edition(database)
    join(database, 2)
    assert plan_due(database, FRESH, now=NOON).planned == 2
    join(database, 1, first=3)
    report = plan_due(database, FRESH, now=NOON)
    assert (report.planned, report.schedules) == (1, 1)


def test_a_change_of_hour_or_zone_or_cadence_brings_no_second_mail_for_a_period(database):
    open_edition(database)
    ids = join(database, 3)
    assert plan_due(database, FRESH, now=NOON).planned == 3
    open_edition(database, DAY + timedelta(days=1))  # something else that could be sent
    changes = (wants(hour=13), wants(timezone="Etc/GMT+12"), wants(cadence="weekly", weekday=3))
    with database.write() as session:
        for id_, wishes in zip(ids, changes, strict=True):
            subscribers.set_preferences(session, id_, wishes)
    for hours in range(2):
        assert plan_due(database, FRESH, now=NOON + hours * HOUR).planned == 0


def test_without_a_fresh_edition_readers_wait_and_then_their_period_is_reported(database):
    join(database, 2)
    report = plan_due(database, FRESH, now=NOON)
    assert (report.edition, report.stale, report.planned) == (None, None, 0)
    open_edition(database, DAY - timedelta(days=5))
    report = plan_due(database, FRESH, now=NOON + HOUR)
    assert (report.stale, report.waiting) == (DAY - timedelta(days=5), 1)
    with database.write() as session:  # as the first look of a schedule that was known before
        schedules.advance(session, schedules.list_all(session)[0], next_due_at=NOON - 5 * HOUR)
    report = plan_due(database, FRESH, now=NOON + 24 * HOUR)
    assert report.lapsed == {DAY.isoformat(): 2}
    assert not plan_due(database, FRESH, now=NOON + 25 * HOUR).lapsed
    assert open_edition(database, DAY + timedelta(days=1))
    assert plan_due(database, FRESH, now=NOON + 26 * HOUR).planned == 2


def test_a_weekly_mail_that_waited_for_its_edition_keeps_the_hour(database):
    join(database, 1, cadence="weekly", weekday=2, hour=7)  # Wednesday, the day before
    assert plan_due(database, FRESH, now=NOON).planned == 0
    open_edition(database)
    assert plan_due(database, FRESH, now=NOON + 15 * HOUR).planned == 0  # 3 in the morning
    assert plan_due(database, FRESH, now=NOON + 19 * HOUR).planned == 1


def test_a_manual_send_counts_for_the_period(database):
    edition_id = open_edition(database)
    join(database, 2)
    with database.write() as session:
        due = schedules.list_all(session)[0]
        days = {due.id: DAY}
        assert planning.plan(session, edition_id, days=days, now=NOON) == 2
    open_edition(database, DAY + timedelta(days=1))
    assert plan_due(database, FRESH, now=NOON).planned == 0
    assert plan_due(database, FRESH, now=NOON + 24 * HOUR).planned == 2


def test_readers_who_have_had_the_newest_edition_wait_for_another_one(database):
    open_edition(database)
    join(database, 2)
    assert plan_due(database, FRESH, now=NOON).planned == 2
    tomorrow = NOON + 24 * HOUR
    assert plan_due(database, FRESH, now=tomorrow).planned == 0
    assert plan_due(database, FRESH, now=tomorrow).waiting == 1
    open_edition(database, DAY + timedelta(days=1))
    assert plan_due(database, FRESH, now=tomorrow + HOUR).planned == 2


def test_a_day_in_a_future_that_never_came_serves_nobody(database):
    edition_id = open_edition(database)
    join(database, 1)
    with database.write() as session:
        due = schedules.list_all(session)[0]
        planning.plan(session, edition_id, days={due.id: date(2031, 1, 1)}, now=NOON)
    open_edition(database, DAY + timedelta(days=1))
    assert plan_due(database, FRESH, now=NOON).planned == 1


def test_of_two_who_plan_at_once_one_plans_each_reader(database):
    open_edition(database)
    for hour in range(6):
        join(database, 50, first=1 + 50 * hour, hour=hour)
    reports = []

    def plan() -> None:
        reports.append(plan_due(database, FRESH, now=NOON))

    racers = [threading.Thread(target=plan) for _ in range(3)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sum(report.planned for report in reports) == 300
    assert planned(database) == {DAY: 300}


def test_who_is_not_active_is_not_planned_and_is_when_he_comes_back(database):
    open_edition(database)
    ids = join(database, 2)
    with database.write() as session:
        subscribers.pause(session, ids[0], DAY + timedelta(days=3))
    assert plan_due(database, FRESH, now=NOON).planned == 1
    with database.write() as session:
        subscribers.resume(session, ids[0])
    assert plan_due(database, FRESH, now=NOON).planned == 1


def test_schedules_are_claimed_by_what_was_read(database):
    join(database, 1)
    with database.write() as session:
        due = schedules.list_all(session)[0]
        assert schedules.advance(session, due, next_due_at=NOON, tried=None)
        assert not schedules.advance(session, due, next_due_at=NOON)
        assert schedules.list_due(session, NOON) == [due._replace(next_due_at=NOON)]
        assert schedules.list_due(session, NOON - HOUR) == []
        schedules.look_again(session)
        assert schedules.list_due(session, NOON - HOUR) == [due]
        assert periods.count_due(session, periods.DuePeriods({}, DAY)) == {}
