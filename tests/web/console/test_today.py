"""Today: what it says of the day, its buttons, and figures that move while it is sent."""

import json
import threading
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import update

from digest.accounts import audit
from digest.delivery import stops
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.ground.database.tables.delivery import EditionRow
from digest.model import Role, SubscriberState
from digest.subscribers.store import subscribers
from digest.web.console.today import MOST_OF_ACCOUNT
from digest.workers import local
from tests.factories import DAY


def test_a_service_without_anything_says_what_is_next(signed_in):
    page = signed_in(Role.VIEWER).see("")
    assert "No edition has opened yet." in page or "Nobody is due yet" in page
    assert "What comes next" in page
    assert "The hour of the service comes round at" in page


def test_an_edition_that_is_out_says_so(app, signed_in, subscribe, sink):
    subscribe("ann", "bob")
    local.send(app, DAY)
    page = signed_in(Role.VIEWER).see("")
    assert "It is out: 2 of 2 mails were accepted." in page
    assert "/today/pause" not in page
    assert f'<a href="/admin/edition?date={DAY}">Edition of' in page
    assert '<a href="/admin" aria-current="page">Today</a>' in page
    assert "Send now" not in signed_in(Role.EDITOR).see("")


def test_what_was_skipped_is_said(app, signed_in, subscribe, sink):
    subscribe("ann", "bob", "cyd")
    sink.misbehaviour = Misbehaviour([parse_rule("bob*: 451 4.7.1 later")])
    local.send(app, DAY)
    stops.resume(app.database, DAY, app.clock)
    page = signed_in(Role.VIEWER).see("")
    assert "1 of 3 mails wait; the next attempt is at" in page
    assert "<dt>Waiting</dt><dd>0</dd>" in page  # what is put off is no part of it
    assert "<h1>Put off: edition of" in signed_in(Role.VIEWER).see(f"/today/{DAY}/deferred")
    stops.cancel(app.database, DAY, "enough", app.clock)
    with app.database.write() as session:
        session.execute(update(EditionRow).values(cancelled_at=None))
    page = signed_in(Role.VIEWER).see("")
    assert "It is out: 2 of 3 mails were accepted, 1 was skipped." in page


def wait_for_approval(app):
    """Open the edition; it waits to be approved."""
    app.editions.open(DAY)
    with app.database.write() as session:
        values = {"approve_by": app.clock() + timedelta(hours=1), "approval_late": "hold"}
        session.execute(update(EditionRow).values(**values))


def test_an_edition_is_approved_on_today(app, signed_in):
    wait_for_approval(app)
    assert "Approve it" not in signed_in(Role.VIEWER).see("")
    hand = signed_in(Role.EDITOR)
    page = hand.see("")
    assert f'action="/admin/edition/{DAY}/approve"' in page
    assert f"Look at the edition of {DAY}</a>" in page
    assert "<code>digest edition approve" in page
    answer = hand.send_form(f"/edition/{DAY}/approve", version=0, page="today")
    assert answer.headers["location"] == "/admin?done=approved"
    page = hand.see("?done=approved")
    assert "It goes to its readers at their hours." in page
    assert "Approve it" not in page


def test_what_is_too_old_says_so_and_is_sent_from_here(app, clock, signed_in, subscribe, sink):
    subscribe("ann", "bob")
    wait_for_approval(app)
    clock.now += timedelta(days=30)
    hand = signed_in(Role.EDITOR)
    assert "too old for the scheduler" in hand.see("")
    refused = hand.send_form("/today/send", 409, date=DAY)
    assert "is not approved" in refused.text
    hand.send_form("/today/send", 404, date="2020-01-01")
    signed_in(Role.VIEWER).send_form("/today/send", 403, date=DAY)
    answer = hand.send_form(f"/edition/{DAY}/approve", version=0, page="today")
    assert answer.headers["location"] == "/admin?done=approved-stale"
    for path in ("", "/edition"):
        assert "Send now" in hand.see(path)
    sink.misbehaviour = Misbehaviour([parse_rule("at dot: wait 1")])
    hand.send_form("/today/send", date=DAY)
    assert "is being sent from here" in hand.send_form("/today/send", 409, date=DAY).text
    assert "It is being sent" in hand.see("")
    until = time.monotonic() + 60
    while "It is out: 2 of 2 mails were accepted." not in hand.see(""):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert len(sink.messages) == 2
    entries = {each.action: each for each in audit.entries(app.database)}
    assert entries["edition.send"].account == "editor@example.org"
    assert "It was sent on" in hand.see("/edition")


def test_a_send_from_here_that_fails_says_why(app, signed_in, subscribe, sink):
    subscribe("ann")
    app.editions.open(DAY)
    hand = signed_in(Role.EDITOR)
    assert "No scheduler has ever looked" in hand.see("")
    sink.stop()
    hand.send_form("/today/send", date=DAY)
    until = time.monotonic() + 60
    while "The send from here did not go through:" not in hand.see(""):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_earlier_editions_that_wait_are_in_reach(app, clock, signed_in, subscribe, sink):
    subscribe("ann")
    sink.misbehaviour = Misbehaviour([parse_rule("ann*: 451 4.7.1 later")])
    local.send(app, DAY)
    stops.pause(app.database, DAY, "a look", clock)
    clock.now += timedelta(days=1)
    app.editions.open(DAY + timedelta(days=1))
    hand = signed_in(Role.EDITOR)
    page = hand.see("")
    assert "Earlier editions that are not done" in page
    assert f"/admin/edition?date={DAY}" in page
    assert "Let it go on" in page
    page = hand.see(f"/edition?date={DAY}")
    assert f'rel="next" href="/admin/edition?date={DAY + timedelta(days=1)}"' in page
    stops.cancel(app.database, DAY, "enough", clock)
    assert "Earlier editions" not in hand.see("")


def test_failures_are_shown_by_reply_tried_again_and_suppressed(app, signed_in, subscribe, sink):
    subscribe("ann", "bob", "cyd", "dan")
    sink.replies = {
        "ann@example.org": "552 5.2.2 mailbox full",
        "bob@example.org": "552 5.2.2 mailbox full",
        "cyd@example.org": "554 5.7.1 not wanted",
    }
    local.send(app, DAY)
    hand = signed_in(Role.EDITOR)
    page = hand.see("")
    assert "is suppressed: nothing" not in page
    assert page.index("552 5.2.2 mailbox full") < page.index("554 5.7.1 not wanted")
    listed = hand.see(f"/today/{DAY}/failed")
    assert "ann@example.org" in listed
    assert "dan@example.org" not in listed
    masked = signed_in(Role.VIEWER).see(f"/today/{DAY}/failed")
    assert "ann@example.org" not in masked
    assert "a…@example.org" in masked
    with app.database.read() as session:
        cyd = subscribers.get(session, "cyd@example.org")
    fields = {"date": DAY, "state": "failed", "reason": "554 5.7.1 not wanted"}
    hand.send_form(f"/today/suppress/{cyd.id}", **fields)
    with app.database.read() as session:
        assert subscribers.by_id(session, cyd.id).state is SubscriberState.SUPPRESSED
    assert f"/today/suppress/{cyd.id}" not in hand.see(f"/today/{DAY}/failed")
    assert "Of those who failed 1 is suppressed" in hand.see("")
    sink.replies = {}
    hand.send_form("/today/retry", date=DAY, state="failed", reply="552 5.2.2 mailbox full")
    assert local.send(app, DAY).outcomes
    assert {message.recipients[0] for message in sink.messages} == {
        "ann@example.org",
        "bob@example.org",
        "dan@example.org",
    }
    actions = [each.action for each in audit.entries(app.database)]
    assert actions == ["edition.retry", "reader.suppress"]


def test_an_edition_is_paused_resumed_and_cancelled(app, signed_in, subscribe, sink):
    subscribe(*[f"reader{number}" for number in range(30)])
    sink.misbehaviour = Misbehaviour([parse_rule("reader*: 451 4.7.1 later")])
    local.send(app, DAY)
    stops.resume(app.database, DAY, app.clock)
    hand, viewer = signed_in(Role.EDITOR), signed_in(Role.VIEWER)
    for path in ("pause", "resume", "cancel", "retry"):
        viewer.send_form(f"/today/{path}", 403, date=DAY)
    hand.send_form("/today/pause", date=DAY, reason="a look first")
    assert "a look first" in hand.see("")
    hand.send_form("/today/resume", date=DAY)
    assert "30 of 30 mails wait" in hand.see("")
    assert "cannot be taken back" in hand.send_form("/today/cancel", 422, date=DAY).text
    hand.send_form("/today/cancel", date=DAY, sure="yes", reason="wrong papers")
    assert "wrong papers" in hand.see("")
    for bad in ({"date": "soon"}, {"date": "2020-01-01"}):
        hand.send_form("/today/pause", 404 if "2020" in bad["date"] else 422, **bad)
    hand.see(f"/today/{DAY}/sent", 404)


def test_figures_come_again_while_they_change(app, signed_in, subscribe, sink):
    subscribe(*[f"reader{number}" for number in range(40)])
    sink.misbehaviour = Misbehaviour([parse_rule("at dot: wait 0.4")])
    hand = signed_in(Role.VIEWER)
    sending = threading.Thread(target=lambda: local.send(app, DAY))
    parts = []
    with hand.stream("GET", "/admin/today/stream", timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        sending.start()
        for line in answer.iter_lines():
            if line.startswith("data: "):
                parts.append(json.loads(line[6:]))
                if "It is out: 40 of 40" in parts[-1]:
                    break
    sending.join()
    assert len(parts) > 1


def test_nobody_takes_all_streams(served, signed_in):
    hand, other, lines = signed_in(Role.VIEWER), signed_in(Role.EDITOR), []
    with ExitStack() as opened:
        for _ in range(MOST_OF_ACCOUNT):
            answer = opened.enter_context(hand.stream("GET", "/admin/today/stream", timeout=90))
            lines.append(answer.iter_lines())  # kept: without them the stream is closed
            next(lines[-1])
        refused = opened.enter_context(hand.stream("GET", "/admin/today/stream", timeout=90))
        assert refused.status_code == 503
        answer = opened.enter_context(other.stream("GET", "/admin/today/stream", timeout=90))
        assert answer.status_code == 200
    served[0].state.stopping.set()


@pytest.mark.parametrize("how", ["signed out", "stopped"])
def test_a_stream_ends_with_its_session_and_with_the_service(served, signed_in, how):
    hand = signed_in(Role.VIEWER)
    with hand.stream("GET", "/admin/today/stream", timeout=30) as answer:
        lines = answer.iter_lines()
        next(lines)
        if how == "stopped":
            served[0].state.stopping.set()
        else:
            hand.send_form("/sign-out")
        assert list(lines) is not None  # it ends
