"""The thread that drains the outbox: at once when woken, by itself otherwise, and not for ever."""

import threading
import time

import httpx
import pytest

from digest.outbox.drain_thread import LOOK_SECONDS, OUTBOX, DrainThread
from digest.web.pages import make_site
from tests.web.serving import serving

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


def test_a_page_answers_and_its_mail_is_there_within_a_second(app, sink):
    with serving(make_site(app)) as address, httpx.Client(base_url=address, timeout=60) as web:
        app.outbox.drain()  # what is made only once
        time.sleep(0.1)
        started = time.monotonic()
        wish = {"email": "ann@example.org"}
        assert web.post("/api/v1/subscriptions", json=wish).status_code == 202
        sink.wait_for(1)
        assert time.monotonic() - started < LOOK_SECONDS / 2  # it was woken and did not just look


def test_what_another_process_has_written_is_found_without_being_told(app, ask, sink):
    with DrainThread(lambda: app.outbox, OUTBOX):
        time.sleep(0.5)
        ask("ann")
        sink.wait_for(1, timeout_seconds=4 * LOOK_SECONDS)


def test_it_ends_at_once_although_the_relay_is_down_and_says_why_once(app, ask, sink, caplog):
    sink.stop()
    ask("ann")
    app.opt_in.admit()
    tried = threading.Event()

    def outbox():
        tried.set()
        return app.outbox

    with DrainThread(outbox, OUTBOX):
        assert tried.wait(20)
    assert caplog.text.count("The outbox waits") == 1
    sink.start()
    assert app.outbox.drain() == {"sent": 1}
