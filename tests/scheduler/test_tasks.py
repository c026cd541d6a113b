"""The periodic tasks on a real service: from a dump to a mail without anybody's help."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.app import build_app
from digest.delivery.store import due_batches
from digest.devtools.sink.sink import Sink
from digest.model import SubscriberState
from digest.scheduler import tasks
from digest.settings import load_settings
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.store import subscribers
from tests.rows import store_dump
from tests.service import Clock


@pytest.fixture
def clock():
    clock = Clock()
    clock.now = datetime(2026, 11, 19, 5, tzinfo=UTC)
    return clock


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


@pytest.fixture
def app(sqlite_url, clock, sink, tmp_path):
    settings = load_settings(
        database_url=sqlite_url,
        secret_key="a key for the tests only",
        smtp_url=sink.url,
        journal_dir=tmp_path / "journals",
    )
    app = build_app(settings, clock=clock)
    with app.database.write() as session:
        store_dump(session, clock.now.date(), ["Alpha", "Beta"])
        for hour in ("7", "9"):
            wishes = parse_preferences({"hour": hour}, app.files.vocabulary)
            reader = (f"at{hour}@example.org", "", wishes)
            subscribers.add_all(session, [reader], state=SubscriberState.ACTIVE, now=clock.now)
    yield app
    app.database.close()


def never() -> bool:
    return False


def got(sink):
    return [message.recipients[0] for message in sink.messages]


def test_the_edition_opens_at_its_hour_and_readers_are_mailed_at_theirs(app, clock, sink):
    clock.now += timedelta(minutes=59)
    assert tasks.plan(app)["opened"] is None
    clock.now += timedelta(minutes=1)
    assert tasks.plan(app)["opened"] == "2026-11-19"
    assert tasks.send(app, never)["editions"] == []
    clock.now += timedelta(hours=1)
    assert tasks.plan(app)["planned"] == 1
    report = tasks.send(app, never)
    assert report["editions"][0]["run"] == {"sent": 1}
    assert got(sink) == ["at7@example.org"]
    clock.now += timedelta(hours=2)
    tasks.plan(app)
    tasks.send(app, never)
    assert got(sink) == ["at7@example.org", "at9@example.org"]


def test_what_is_queued_of_an_edition_that_is_too_old_is_held_and_reported(app, clock, sink):
    clock.now += timedelta(hours=2)
    tasks.plan(app)
    clock.now += timedelta(days=2)
    report = tasks.send(app, never)
    assert (report["held"], report["editions"]) == (["2026-11-19"], [])
    assert not sink.messages
    with app.database.read() as session:
        assert due_batches.due_editions(session, clock.now)


def test_a_stop_sends_nothing_more(app, clock, sink):
    clock.now += timedelta(hours=2)
    tasks.plan(app)
    assert tasks.send(app, lambda: True)["editions"] == []
    assert not sink.messages


def test_tidying_forgets_who_never_confirmed(app):
    nothing = {"deliveries": 0, "changes": 0, "lists": 0, "papers": 0}
    assert tasks.tidy(app) == {
        **dict.fromkeys(("forgotten", "resumed", "answers", "mails", "came_in"), 0),
        **dict.fromkeys(
            ("feedback", "replies", "dmarc_reports", "lab_editions", "webhook_messages"), 0
        ),
        "let_go": nothing,
    }
