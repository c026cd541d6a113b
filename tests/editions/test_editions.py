"""Opening an edition: who is in it, in which order, and that it is opened once."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from digest.editions.editions import EditionRules, foresee_edition, open_edition
from digest.editions.rules.trend import Appearance, score_trend
from digest.errors import NotFoundError
from digest.ground.database.tables.delivery import EditionRow
from tests.factories import DAY, NOON
from tests.rows import store_dump

RULES = EditionRules(window_days=3, size=10, send_hour=7, timezone="UTC", domain="example.org")


def store(database, **days):
    """Store one dump for each day: d0 is today, d1 the day before."""
    with database.write() as session:
        for name, titles in days.items():
            store_dump(session, DAY - timedelta(days=int(name[1:])), titles.split())


def titles(found):
    return [one.paper.title for one in found.edition.candidates]


def test_the_edition_of_the_newest_dump_is_opened(database):
    store(database, d1="Alpha Beta", d0="Gamma Alpha")
    found = open_edition(database, None, RULES, now=NOON)
    assert found.edition.date == DAY
    assert found.edition.sends_at == datetime(2026, 11, 19, 7, tzinfo=UTC)
    assert (found.edition.domain, found.opened_at) == ("example.org", NOON)
    assert titles(found) == ["Alpha", "Gamma", "Beta"]
    alpha = found.edition.candidates[0]
    seen = [Appearance(DAY, 2, size=2), Appearance(DAY - timedelta(days=1), 1, size=2)]
    assert alpha.trend == score_trend(seen, on=DAY)


def test_once_open_it_stays_as_it_is(database):
    store(database, d0="Alpha Beta")
    first = open_edition(database, DAY, RULES, now=NOON)
    store(database, d0="Gamma Beta")
    later = open_edition(database, DAY, replace(RULES, size=1), now=NOON + timedelta(days=2))
    assert later == first
    assert foresee_edition(database, DAY, RULES, now=NOON + timedelta(days=2)) == first


def test_foreseeing_opens_nothing_and_sees_the_same(database):
    store(database, d1="Alpha Beta", d0="Gamma Alpha")
    seen = foresee_edition(database, None, RULES, now=NOON)
    assert seen.id == 0
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(EditionRow)) == 0
    found = open_edition(database, None, RULES, now=NOON)
    assert found.edition == seen.edition
    assert open_edition(database, None, RULES, now=NOON).edition == seen.edition


def test_only_what_was_listed_in_the_window_is_a_candidate(database):
    store(database, d5="Old Alpha", d2="Beta Alpha", d0="Gamma")
    found = open_edition(database, DAY, RULES, now=NOON)
    assert set(titles(found)) == {"Alpha", "Beta", "Gamma"}
    alpha = next(one for one in found.edition.candidates if one.paper.title == "Alpha")
    assert (alpha.trend.dumps, alpha.trend.age_days, alpha.trend.best_rank) == (2, 2, 2)


def test_an_edition_of_the_past_does_not_know_later_dumps(database):
    store(database, d2="Alpha", d0="Beta")
    found = open_edition(database, DAY - timedelta(days=1), RULES, now=NOON)
    assert titles(found) == ["Alpha"]


def test_those_that_trend_most_are_kept_and_ties_go_by_identity(database):
    with database.write() as session:
        for title in ("Zeta", "Beta", "Alpha"):  # each at rank 1 of a dump of its own
            store_dump(session, DAY, [title, f"{title}-second"])
    found = open_edition(database, DAY, replace(RULES, size=4), now=NOON)
    assert titles(found) == ["Alpha", "Beta", "Zeta", "Alpha-second"]


def test_what_leads_the_week_is_kept_although_it_is_down_on_its_last_day(database):
    store(database, d6="Monday Monday-second", d0="Sunday Sunday-second Sunday-third")
    week = replace(RULES, window_days=7)
    assert titles(foresee_edition(database, DAY, week, now=NOON))[3] == "Monday"
    found = open_edition(database, DAY, replace(week, size=2), now=NOON)
    assert titles(found) == ["Sunday", "Monday"]


def test_without_papers_there_is_no_edition(database):
    for act in (open_edition, foresee_edition):
        with pytest.raises(NotFoundError, match="no papers yet") as caught:
            act(database, None, RULES, now=NOON)
        assert "digest ingest" in caught.value.hint
        with pytest.raises(NotFoundError, match="in the 3 days up to 2026-11-19") as caught:
            act(database, DAY, RULES, now=NOON)
        assert "digest ingest" in caught.value.hint
    store(database, d9="Alpha")
    with pytest.raises(NotFoundError, match="in the 3 days up to 2026-11-19") as caught:
        open_edition(database, DAY, RULES, now=NOON)
    assert "the newest dump is dated 2026-11-10" in caught.value.hint


def test_of_those_who_open_at_once_all_get_the_same_edition(database):
    store(database, d0="Alpha Beta Gamma")
    start = threading.Barrier(4, timeout=20)
    found = []

    def come():
        start.wait()
        found.append(open_edition(database, None, RULES, now=NOON))

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [found[0]] * 4
