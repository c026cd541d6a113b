"""What came back is counted, shown, told to the operator, and shown beside the ledger."""

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import generate_latest

from digest.bounces.recording import record
from digest.bounces.rules.scoring import BounceRules
from digest.model import Feedback, FeedbackKind
from digest.operations import listings, metrics
from digest.scheduler import tasks
from digest.subscribers import subscriptions
from digest.workers import local
from tests.factories import DAY, NOON

HARD, COMPLAINT = FeedbackKind.HARD, FeedbackKind.COMPLAINT


@pytest.fixture
def told(app):
    """Record feedback on the mail of the day to a reader."""

    def told(name, kind, **more):
        reader = subscriptions.find(app.database, f"{name}@example.org").id
        feedback = Feedback(kind, "dsn", f"{kind}/{name}", reader, DAY, trusted=True)
        record(app.database, replace(feedback, **more), BounceRules(), app.clock())

    return told


@pytest.fixture
def sent(app, subscribe):
    names = [f"r{number}" for number in range(40)]
    subscribe(*names)
    local.send(app, DAY)
    return names


def names_of(app):
    return [alert["name"] for alert in app.operations.status()["alerts"]]


def test_the_ledger_says_what_came_back_and_that_it_was_sent(app, sent, told):
    told("r1", HARD)
    told("r2", COMPLAINT, trusted=False)
    lines = listings.deliveries(app.database, on=DAY, state=None, address=None)
    shown = {one["email"]: (one["state"], one["feedback"]) for one in lines}
    assert shown["r1@example.org"] == ("sent", "hard")
    assert shown["r2@example.org"] == shown["r3@example.org"] == ("sent", None)


def test_status_and_metrics_count_by_edition_and_month(app, sent, told):
    told("r1", HARD)
    told("r1", FeedbackKind.SOFT)
    told("r2", COMPLAINT)
    told("r3", COMPLAINT, trusted=False)
    found = app.operations.status()["feedback"]
    counts = {"hard": 1, "soft": 1, "blocked": 0, "complaint": 1}
    expected = {"sent": 40, **counts, "hard_percent": 2.5, "complaint_percent": 2.5}
    assert found == {
        "newest_edition": expected,
        "last_30_days": expected,
        "untrusted": 1,
        "suppressed": {"dsn": 2},
    }
    text = generate_latest(metrics.registry(app.database, app.clock)).decode()
    assert 'digest_feedback{kind="complaint",of="30 days"} 1.0' in text
    assert 'digest_feedback_sent{of="newest edition"} 40.0' in text
    assert 'digest_suppressions{source="dsn"} 2.0' in text


def test_a_month_later_it_is_over_and_later_forgotten(app, sent, told, clock):
    told("r1", HARD)
    clock.now = NOON + timedelta(days=31)
    assert app.operations.status()["feedback"]["last_30_days"]["hard"] == 0
    assert tasks.tidy(app)["feedback"] == 0
    clock.now = NOON + timedelta(days=181)
    assert tasks.tidy(app)["feedback"] == 1


def test_the_operator_hears_of_what_is_about_us_in_the_servers_words(app, sent, told, clock):
    told("r1", FeedbackKind.BLOCKED, words="554 5.7.1 listed by sbl.example")
    (alert,) = [one for one in app.operations.alerts() if one.name == "blocked"]
    assert "“554 5.7.1 listed by sbl.example” (1)" in alert.text
    clock.now += timedelta(days=1, seconds=1)
    assert "blocked" not in names_of(app)


def test_shares_are_told_from_a_few_mails_on(app, sent, told):
    for name in ("r1", "r2"):
        told(name, HARD)
        told(name, COMPLAINT)
    assert not {"bounces", "complaints"} & set(names_of(app))
    told("r3", HARD)
    told("r3", COMPLAINT)
    assert {"bounces", "complaints"} <= set(names_of(app))
    titles = [one["title"] for one in app.operations.status()["alerts"]]
    assert "Readers call 7.50 % of our mail spam" in titles
