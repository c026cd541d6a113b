"""Today: what it says of the day, its buttons, and figures that move while it is sent."""

import json
import threading
from contextlib import ExitStack

import pytest

from digest.accounts import audit
from digest.delivery import stops
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
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
            answer = opened.enter_context(hand.stream("GET", "/admin/today/stream"))
            lines.append(answer.iter_lines())  # kept: without them the stream is closed
            next(lines[-1])
        refused = opened.enter_context(hand.stream("GET", "/admin/today/stream"))
        assert refused.status_code == 503
        answer = opened.enter_context(other.stream("GET", "/admin/today/stream"))
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
