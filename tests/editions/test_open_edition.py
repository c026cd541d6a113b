"""The day's edition by the clock: when it opens, and why it is closed as empty."""

from datetime import date, timedelta

from digest.editions.editions import EditionRules
from digest.editions.open_edition import close_day, open_due
from digest.editions.rules.freshness import Freshness
from digest.editions.store import editions
from digest.model import Empty
from tests.factories import DAY, NOON
from tests.rows import store_dump

RULES = EditionRules(window_days=7, size=10, send_hour=7, timezone="UTC", domain="example.org")
FRESH = Freshness(timedelta(hours=48), "UTC")
ONE_DAY = timedelta(days=1)


def store(database, day: date, titles: str) -> None:
    with database.write() as session:
        store_dump(session, day, titles.split())


def opened(database, until=DAY, now=NOON):
    return open_due(database, RULES, FRESH, until=until, now=now)


def closed(database, until=DAY, now=NOON):
    return close_day(database, RULES, FRESH, until=until, now=now)


def newest(database):
    with database.read() as session:
        newest = editions.newest(session)
        day = newest.date if newest else None
        return editions.get(session, day) if day else None


def titles(found):
    return {candidate.paper.title for candidate in found.edition.candidates}


def test_it_opens_once_with_the_newest_dump_whose_date_has_come(database):
    assert opened(database) is None
    store(database, DAY - 2 * ONE_DAY, "Alpha")
    store(database, DAY, "Beta")
    store(database, DAY + ONE_DAY, "Gamma")
    assert opened(database) == DAY
    assert opened(database) is None
    assert titles(newest(database)) == {"Alpha", "Beta"}
    assert newest(database).empty is None
    assert opened(database, until=DAY + ONE_DAY) == DAY + ONE_DAY


def test_what_was_missed_for_too_long_is_not_opened(database):
    store(database, DAY - 2 * ONE_DAY, "Alpha")
    assert opened(database) is None
    assert closed(database, until=DAY - 2 * ONE_DAY) is None
    assert newest(database) is None


def test_a_list_that_brings_nothing_waits_until_the_day_is_closed(database):
    store(database, DAY - ONE_DAY, "Alpha")
    assert opened(database, until=DAY - ONE_DAY, now=NOON - ONE_DAY) == DAY - ONE_DAY
    store(database, DAY, "Alpha")
    assert opened(database) is None
    assert closed(database) is Empty.NOTHING_NEW
    assert closed(database) is None
    assert (newest(database).edition.date, newest(database).empty) == (DAY, Empty.NOTHING_NEW)
    with database.read() as session:
        assert [day for day, _ in editions.list_dates(session)] == [DAY - ONE_DAY]


def test_a_day_without_a_list_is_told_from_a_source_that_is_silent(database):
    store(database, DAY - ONE_DAY, "Alpha")
    assert opened(database, until=DAY - ONE_DAY, now=NOON - ONE_DAY) == DAY - ONE_DAY
    assert closed(database) is Empty.NO_DUMP
    later = NOON + 2 * ONE_DAY
    assert closed(database, until=DAY + 2 * ONE_DAY, now=later) is Empty.SOURCE_STALE


def test_papers_that_came_too_late_for_their_own_edition_are_new_in_the_next(database):
    store(database, DAY - ONE_DAY, "Alpha")
    opened(database, until=DAY - ONE_DAY, now=NOON - ONE_DAY)
    store(database, DAY - ONE_DAY, "Beta")
    assert closed(database) is None
    assert (newest(database).edition.date, newest(database).empty) == (DAY, None)


def test_an_edition_can_be_closed_with_nothing_at_all(database):
    store(database, DAY - 30 * ONE_DAY, "Alpha")
    assert closed(database) is Empty.SOURCE_STALE
    assert newest(database).edition.candidates == ()


def test_before_the_first_list_no_day_is_closed(database):
    store(database, DAY, "Alpha")
    assert closed(database, until=DAY - ONE_DAY) is None
    assert newest(database) is None
