"""Limits that several workers share through the database."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from digest.delivery.rate_limiter import LONGEST_WAIT_SECONDS, for_server
from digest.ground.database import schema
from digest.ground.database.engine import Database
from digest.ground.database.tables.limits import RateUseRow
from digest.ground.shipped import migrations_dir
from digest.smtp.smtp_url import Limits, parse_smtp_url

URL = "smtp://mail.example.org?"


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 19, 8, 0, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def pass_all(limiter):
    """Count how many permissions are granted in a row, and the wait for the next one."""
    count = 0
    while not (wait := limiter()):
        count += 1
    return count, wait


def test_a_server_without_rate_limits_has_no_rate_limiter(database, clock):
    assert for_server(database, parse_smtp_url(URL + "connections=4&weight=2"), clock) is None
    assert Limits(connections=4).are_on_rate is False


def test_two_workers_together_do_not_exceed_the_limit(database, clock):
    url = parse_smtp_url(URL + "per_minute=200")
    counts = []

    def work():
        counts.append(pass_all(for_server(database, url, clock))[0])

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == 200


def test_a_limit_holds_over_a_restart_and_opens_again(database, clock):
    url = parse_smtp_url(URL + "per_day=30&per_minute=20")
    assert pass_all(for_server(database, url, clock))[0] == 20
    count, wait = pass_all(for_server(database, url, clock))
    assert count == 0
    assert wait == LONGEST_WAIT_SECONDS
    clock.now += timedelta(minutes=2)
    assert pass_all(for_server(database, url, clock))[0] == 10
    clock.now += timedelta(hours=28)
    assert (
        pass_all(for_server(database, url, clock))[0] == 15
    )  # half of the day before still counts


def test_many_short_runs_get_all_of_the_limit_and_no_more(database, clock):
    url = parse_smtp_url(URL + "per_minute=120&per_day=500")
    sent = 0
    for _ in range(40):
        limiter = for_server(database, url, clock)
        for _ in range(7):
            sent += not limiter()
        if not limiter():
            limiter.give_back()  # there was nothing left to send
        limiter.close()
        limiter.close()
        clock.now += timedelta(milliseconds=100)
    assert sent == 120


def test_who_is_killed_keeps_at_most_a_portion_from_the_others(database, clock):
    url = parse_smtp_url(URL + "per_minute=120")
    assert not for_server(database, url, clock)()
    assert pass_all(for_server(database, url, clock))[0] == 108


def test_what_was_taken_a_window_ago_is_taken_off_that_window(database, clock):
    url = parse_smtp_url(URL + "per_minute=120")
    limiter = for_server(database, url, clock)
    assert not limiter()
    clock.now += timedelta(minutes=1)
    assert not for_server(database, url, clock)()
    limiter.close()
    with database.read() as session:
        (row,) = session.scalars(select(RateUseRow))
        assert (row.used_before, row.used) == (1, 12)


def test_what_cannot_be_given_back_is_said_and_ends_nothing(tmp_path, clock, caplog):
    file = tmp_path / "folder" / "digest.db"
    file.parent.mkdir()
    database = Database(f"sqlite:///{file}")
    schema.upgrade(database, migrations_dir())
    limiter = for_server(database, parse_smtp_url(URL + "per_minute=120"), clock)
    assert not limiter()
    database.close()
    file.parent.rename(tmp_path / "elsewhere")
    limiter.close()
    assert "11 permissions of relay mail.example.org:25 are lost" in caplog.text


def test_a_long_wait_is_said_once(database, clock, caplog):
    limiter = for_server(database, parse_smtp_url(URL + "per_day=30"), clock)
    assert pass_all(limiter)[0] == 30
    assert "relay mail.example.org:25 takes 30 a day: no more for" in caplog.text
    limiter()
    assert len(caplog.records) == 1
    clock.now += timedelta(days=2)
    pass_all(limiter)
    assert len(caplog.records) == 2


def test_a_short_wait_is_not(database, clock, caplog):
    assert pass_all(for_server(database, parse_smtp_url(URL + "per_second=3"), clock))[0] == 3
    assert not caplog.records


def test_each_relay_has_a_count_of_its_own(database, clock):
    for host in ("a", "b"):
        url = parse_smtp_url(f"smtp://{host}.example.org?per_minute=7")
        assert pass_all(for_server(database, url, clock))[0] == 7


def test_a_new_relay_starts_slowly(database, clock):
    url = parse_smtp_url(URL + "warm_up=10&per_day=35")
    passed = []
    for _ in range(4):
        passed.append(pass_all(for_server(database, url, clock))[0])
        clock.now += timedelta(days=2)
    assert passed == [10, 35, 35, 35]
