"""Editions that wait to be approved: nothing goes before, and what comes at the deadline."""

from datetime import timedelta

import pytest

from digest.app import build_app
from digest.delivery import approval, planning, send_report
from digest.delivery.approval import NOBODY
from digest.editions import changing
from digest.editions.changing import Author
from digest.errors import BlockedError, ConflictError
from digest.model import StopKind
from digest.scheduler import tasks
from digest.settings import load_settings
from digest.workers import local
from tests.factories import DAY, NOON

MINUTES = 45
ANN = Author("ann@example.org", NOON)


@pytest.fixture
def waiting(app):
    """Make a service whose editions wait to be approved; late: what happens when nobody does."""
    made = []

    def make(late="hold"):
        given = vars(app.settings) | {
            "approval": "required",
            "approval_minutes": MINUTES,
            "approval_late": late,
        }
        made.append(build_app(load_settings(**given), clock=app.clock, files=app.files))
        made[-1].editions.open(DAY)
        return made[-1]

    yield make
    for one in made:
        one.database.close()


def dispatch(app):
    return local.dispatch(app, stop=lambda: False)


def test_nothing_goes_before_it_is_approved(waiting, sink, subscribe):
    subscribe("ann")
    app = waiting()
    with pytest.raises(BlockedError, match="not approved, nothing was sent: it waits") as caught:
        local.send(app, DAY)
    assert "digest send --approve" in caught.value.hint
    with pytest.raises(BlockedError):
        local.send(app, DAY, to="ann@example.org")
    planning.plan(app.database, app.editions.open(DAY), now=app.clock())
    assert dispatch(app)["editions"] == []
    assert not sink.messages
    report = send_report.report_of(app.database, DAY)
    assert report.stop.kind is StopKind.UNAPPROVED
    waits = "it waits to be approved until 2026-11-19 12:45 UTC, and goes on waiting then"
    assert report.stop.reason == waits
    approval.approve(app.database, DAY, ANN)
    assert dispatch(app)["editions"][0]["states"] == {"sent": 1}


def test_status_outlook_and_an_alert_say_that_it_waits(waiting, subscribe):
    subscribe("ann")
    app = waiting()
    assert "It waits to be approved until 2026-11-19 12:45 UTC" in app.operations.outlook()
    assert app.operations.status()["stopped"]["kind"] == "unapproved"
    alerts = {alert.name: alert for alert in app.operations.alerts()}
    assert f"digest edition approve --date {DAY}" in alerts[f"approval {DAY}"].remedy
    planning.plan(app.database, app.editions.open(DAY), now=app.clock())
    assert app.operations.status()["behind_seconds"] == 0
    approval.approve(app.database, DAY, ANN)
    assert f"approval {DAY}" not in {alert.name for alert in app.operations.alerts()}
    assert "Readers get it at their hours" in app.operations.outlook()


def test_after_it_nothing_changes_until_it_is_taken_back(waiting, sink, subscribe):
    subscribe("ann")
    app = waiting()
    changing.note(app.database, DAY, None, "before", ANN)
    approval.approve(app.database, DAY, ANN)
    again = approval.approve(app.database, DAY, Author("bob@example.org", NOON))
    assert [each.kind.value for each in again.entries] == ["note", "approve"]
    with pytest.raises(ConflictError, match="Take the approval back"):
        changing.note(app.database, DAY, None, "after", ANN)
    approval.take_back(app.database, DAY, ANN)
    with pytest.raises(ConflictError, match="is not approved"):
        approval.take_back(app.database, DAY, ANN)
    changing.note(app.database, DAY, None, "after", ANN)
    approval.approve(app.database, DAY, ANN)
    local.send(app, DAY)
    assert len(sink.messages) == 1
    with pytest.raises(ConflictError, match="being sent already"):
        approval.take_back(app.database, DAY, ANN)


def test_who_approves_has_seen_it_as_it_is(waiting):
    app = waiting()
    seen = changing.look(app.database, DAY).state.version
    changing.note(app.database, DAY, None, "meanwhile", ANN)
    with pytest.raises(ConflictError, match="changed since you looked"):
        approval.approve(app.database, DAY, ANN, version=seen)
    assert approval.approve(app.database, DAY, ANN, version=seen + 1).state.approved_at == NOON


def test_one_that_needs_no_approval_gets_none(app):
    app.editions.open(DAY)
    with pytest.raises(ConflictError, match="needs no approval"):
        approval.approve(app.database, DAY, ANN)


def test_by_hand_it_is_approved_on_the_way(waiting, sink, subscribe):
    subscribe("ann")
    app = waiting()
    report = local.send(app, DAY, approve="command line")
    assert len(sink.messages) == 1
    assert report.stop is None
    assert changing.look(app.database, DAY).entries[-1].who == "command line"


@pytest.mark.parametrize(
    ("late", "sent", "stop"),
    [("send", 1, None), ("skip", 0, StopKind.CANCELLED), ("hold", 0, StopKind.UNAPPROVED)],
)
def test_at_the_deadline_comes_what_was_to_come(waiting, clock, sink, subscribe, late, sent, stop):
    subscribe("ann")
    app = waiting(late)
    planning.plan(app.database, app.editions.open(DAY), now=app.clock())
    clock.now = NOON + timedelta(minutes=MINUTES, seconds=-1)
    assert tasks.plan(app)["not_approved"] == []
    dispatch(app)
    assert not sink.messages
    clock.now = NOON + timedelta(minutes=MINUTES)
    decided = [] if late == "hold" else [DAY.isoformat()]
    assert tasks.plan(app)["not_approved"] == decided
    assert tasks.plan(app)["not_approved"] == []
    dispatch(app)
    assert len(sink.messages) == sent
    found = send_report.report_of(app.database, DAY).stop
    assert (found.kind if found else None) is stop
    entries = changing.look(app.database, DAY).entries
    assert [each.who for each in entries] == ([NOBODY] if late == "send" else [])


def test_a_setting_holds_for_editions_that_open_from_then_on(app, waiting, subscribe, sink):
    subscribe("ann")
    app.editions.open(DAY)
    other = waiting()
    local.send(other, DAY)
    assert len(sink.messages) == 1
