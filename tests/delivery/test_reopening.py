"""A day that was closed as empty opens when papers come: on the first evening, and on any other."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from digest.app import build_app
from digest.delivery import reopening, stops
from digest.delivery.store import ledger
from digest.editions.store import editions
from digest.ground.database.tables.delivery import BatchRow, BatchState, DeliveryRow
from digest.model import DeliveryState, Empty, SubscriberState
from digest.scheduler import tasks
from digest.settings import load_settings
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.store import subscribers
from digest.workers import local
from tests.rows import store_dump

EVENING = datetime(2026, 11, 19, 23, 26, tzinfo=UTC)
DAY, ONE_DAY = EVENING.date(), timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["sqlite", "postgres"])
def evening(request, clock, sink, files, tmp_path):
    """A service whose clock shows 23:26, with three readers of different wishes."""
    clock.now = EVENING
    settings = load_settings(
        database_url=request.getfixturevalue(f"{request.param}_url"),
        smtp_url=sink.url,
        secret_key="a key for the tests only",
        journal_dir=tmp_path / "journals",
        workers=1,
        watch_dir=tmp_path / "inbox",
    )
    app = build_app(settings, clock=clock, files=files)
    for name in ("skip", "note", "fill"):
        wishes = parse_preferences({"empty_day": name}, files.vocabulary)
        with app.database.write() as session:
            reader = (f"{name}@example.org", "", wishes)
            subscribers.add_all(session, [reader], state=SubscriberState.ACTIVE, now=EVENING)
    yield app
    app.database.close()


def come(app, day, *titles):
    """Have a dump come now."""
    with app.database.write() as session:
        store_dump(session, day, titles, at=app.clock())


def got(sink):
    return sorted(message.recipients[0].partition("@")[0] for message in sink.messages)


def states(app):
    with app.database.read() as session:
        return ledger.states(session, editions.newest(session).id)


def test_a_day_closed_as_stale_in_the_evening_opens_when_its_dump_comes_a_minute_later(
    evening, clock, sink, caplog
):
    come(evening, DAY - 88 * ONE_DAY, "Old")
    with caplog.at_level(logging.INFO):
        assert tasks.plan(evening)["closed"] == "source stale"
    assert "the newest dump is of 2026-08-23, 88 days old" in caplog.text
    assert "It opens if new papers come before 2026-11-21 00:00 UTC." in caplog.text
    local.send(evening, DAY)
    assert got(sink) == ["note"]
    clock.now += MINUTE
    come(evening, DAY, "Alpha", "Beta")
    with caplog.at_level(logging.INFO):
        report = tasks.plan(evening)
    assert (report["reopened"], report["planned"]) == ("2026-11-19", 2)
    assert "The edition of 2026-11-19 is open with 2 papers." in caplog.text
    local.send(evening, DAY)
    assert got(sink) == ["fill", "note", "skip"]
    assert states(evening) == {DeliveryState.SENT: 3}
    assert tasks.plan(evening)["reopened"] is None


def test_a_dump_that_is_late_by_a_day_is_mailed_and_its_readers_day_is_not_closed(
    evening, clock, sink
):
    assert tasks.plan(evening)["closed"] is None  # an empty machine
    clock.now += 4 * MINUTE
    come(evening, DAY - ONE_DAY, "Alpha")
    report = tasks.plan(evening)
    assert (report["opened"], report["closed"], report["planned"]) == ("2026-11-18", None, 3)
    local.send(evening, DAY - ONE_DAY)
    assert got(sink) == ["fill", "note", "skip"]


def test_a_dump_from_within_the_week_opens_the_day_as_well(evening, clock):
    come(evening, DAY - 30 * ONE_DAY, "Old")
    assert tasks.plan(evening)["closed"] == "source stale"
    clock.now += MINUTE
    come(evening, DAY - 3 * ONE_DAY, "Alpha")
    assert tasks.plan(evening)["reopened"] == "2026-11-19"


def test_papers_that_are_too_old_open_nothing_and_it_is_said_what_sends_them(
    evening, clock, caplog
):
    clock.now += MINUTE
    come(evening, DAY - 88 * ONE_DAY, "Old")
    assert "88 days old: too old to be mailed by itself" in evening.operations.outlook()
    assert "`digest send --date 2026-08-23` sends these" in evening.operations.status()["outlook"]
    assert tasks.plan(evening)["closed"] == "source stale"
    come(evening, DAY - 87 * ONE_DAY, "Older")
    assert tasks.plan(evening)["reopened"] is None
    (alert,) = evening.operations.alerts()
    assert "the newest is dated 2026-08-24, 87 days before" in alert.text
    assert "closed as empty. It opens if new papers come before 2026-11-21 00:00 UTC." in alert.text


def test_it_waits_while_a_mail_of_it_is_under_way(evening, clock):
    come(evening, DAY - 88 * ONE_DAY, "Old")
    tasks.plan(evening)
    come(evening, DAY, "Alpha")
    for state in (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN):
        with evening.database.write() as session:
            session.execute(update(DeliveryRow).values(state=state))
        assert tasks.plan(evening)["reopened"] is None
    with evening.database.write() as session:
        session.execute(update(DeliveryRow).values(state=DeliveryState.QUEUED))
        session.execute(update(BatchRow).values(state=BatchState.LEASED))
    assert tasks.plan(evening)["reopened"] is None
    with evening.database.write() as session:
        session.execute(update(BatchRow).values(state=BatchState.OPEN))
    assert tasks.plan(evening)["reopened"] == "2026-11-19"


def test_what_is_cancelled_or_no_longer_fresh_stays_closed(evening, clock):
    come(evening, DAY - 88 * ONE_DAY, "Old")
    tasks.plan(evening)
    local.send(evening, DAY)
    come(evening, DAY, "Alpha")
    sources = (evening.database, evening.editions.rules, evening.editions.freshness)
    assert reopening.reopen_if_new(*sources, now=EVENING + 2 * ONE_DAY) is None
    stops.cancel(evening.database, DAY, "", evening.clock)
    assert reopening.reopen_if_new(*sources, now=EVENING) is None


def test_what_an_empty_edition_offered_stays_in_it(evening, clock):
    come(evening, DAY - 2 * ONE_DAY, "Alpha")
    clock.now -= ONE_DAY
    assert tasks.plan(evening)["opened"] == "2026-11-17"
    clock.now += ONE_DAY
    assert tasks.plan(evening)["closed"] == Empty.SOURCE_STALE
    local.send(evening, DAY)
    come(evening, DAY, "Beta", "Gamma")
    tasks.plan(evening)
    found = evening.editions.open(DAY)
    titles = [each.paper.title for each in found.edition.candidates]
    assert sorted(titles) == ["Alpha", "Beta", "Gamma"]
    assert found.empty is None


def test_who_knows_the_edition_as_it_was_leases_nothing_of_it_any_more(evening, clock):
    come(evening, DAY - 88 * ONE_DAY, "Old")
    tasks.plan(evening)
    local.send(evening, DAY)
    before = evening.editions.open(DAY)
    clock.now += MINUTE
    come(evening, DAY, "Alpha")
    tasks.plan(evening)
    with evening.smtp.pool() as relay:
        assert not evening.delivery.sender(before, relay).run()
        now = evening.editions.open(DAY)
        assert evening.delivery.sender(now, relay).run() == {DeliveryState.SENT: 2}


def test_a_send_by_hand_opens_it_too(evening, clock, sink):
    come(evening, DAY - 88 * ONE_DAY, "Old")
    tasks.plan(evening)
    local.send(evening, DAY)
    clock.now += MINUTE
    come(evening, DAY, "Alpha")
    assert local.send(evening, DAY).states == {DeliveryState.SENT: 3}
    with evening.database.read() as session:
        assert session.scalars(select(DeliveryRow.reply).distinct()).all()
