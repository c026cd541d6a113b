"""What pages leave behind: in its turn, or refused aloud when too much waits."""

import re
import threading
import time
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from digest.ground.tokens.links import Purpose
from digest.model import SubscriberState
from digest.web.background_queue import SECONDS_BETWEEN_WARNINGS, BackgroundQueue, Task
from tests.web.site.test_transactional import page_of, who


def make_queue() -> tuple[BackgroundQueue, CollectorRegistry]:
    """A queue in which two tasks may wait."""
    figures = CollectorRegistry()
    return BackgroundQueue(figures, most_waiting=2), figures


def refused(figures: CollectorRegistry, task: Task) -> float | None:
    return figures.get_sample_value("digest_clerk_refused_total", {"task": task})


def wait_for(reached) -> None:
    until = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def busy(served):
    """Pages whose queue is full; the function waits until it is done."""
    free, done, worker = threading.Event(), threading.Event(), served[0].state.site.background_queue
    while worker.submit(Task.KEY, free.wait):
        pass

    def end() -> None:
        free.set()
        wait_for(lambda: worker.submit(Task.KEY, done.set))
        assert done.wait(20)

    yield end
    free.set()


def test_what_fails_does_not_keep_the_next_from_its_turn(caplog):
    def fail():
        raise RuntimeError("the disk is full")

    done = []
    worker, _ = make_queue()
    assert worker.submit(Task.WELCOME, fail)
    assert worker.submit(Task.WELCOME, lambda: done.append(1))
    worker.close()
    assert done == [1]
    assert "the disk is full" in caplog.text


def test_a_full_queue_takes_no_more_and_says_so(caplog):
    free = threading.Event()
    worker, figures = make_queue()
    assert refused(figures, Task.GOODBYE) == 0
    assert [worker.submit(Task.GOODBYE, free.wait) for _ in range(4)] == [True, True, False, False]
    assert refused(figures, Task.GOODBYE) == 2
    assert refused(figures, Task.WELCOME) == 0
    assert "2 tasks of pages wait: 1 goodbye" in caplog.text
    free.set()
    worker.close()
    assert caplog.text.count("tasks of pages wait: 1 goodbye") == 2  # the second one at the end


def test_a_flood_is_said_when_it_begins_and_then_counted(caplog):
    now, free, figures = [0.0], threading.Event(), CollectorRegistry()
    worker = BackgroundQueue(figures, lambda: now[0])
    while worker.submit(Task.CHANGE, free.wait):
        pass
    assert len(caplog.records) == 1
    for number in range(3000):
        assert not worker.submit(Task.WELCOME if number % 3 == 0 else Task.GOODBYE, free.wait)
    assert len(caplog.records) == 1
    now[0] += SECONDS_BETWEEN_WARNINGS
    assert not worker.submit(Task.GOODBYE, free.wait)
    assert len(caplog.records) == 2
    assert "wait: 2001 goodbye, 1000 welcome." in caplog.text
    assert not worker.submit(Task.GOODBYE, free.wait)
    now[0] += SECONDS_BETWEEN_WARNINGS
    free.set()
    wait_for(lambda: len(caplog.records) == 3)  # with the next that is done, though none is refused
    worker.close()
    assert len(caplog.records) == 3
    assert [refused(figures, task) for task in (Task.GOODBYE, Task.WELCOME)] == [2002, 1000]


def test_no_refusal_of_many_threads_is_left_out_of_the_counts(caplog):
    free = threading.Event()
    worker, figures = make_queue()
    while worker.submit(Task.KEY, free.wait):
        pass

    def leave():
        for _ in range(500):
            worker.submit(Task.GOODBYE, free.wait)

    threads = [threading.Thread(target=leave) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    free.set()
    worker.close()
    assert refused(figures, Task.GOODBYE) == 2000
    assert sum(int(n) for n in re.findall(r"(\d+) goodbye", caplog.text)) == 2000


def test_what_a_check_raises_leaves_the_room_free():
    def refuse():
        raise LookupError("no proof")

    done = []
    worker, _ = make_queue()
    for _ in range(5):
        with pytest.raises(LookupError):
            worker.submit(Task.CONFIRMATION, lambda: done.append("never"), check=refuse)
    assert worker.submit(Task.CONFIRMATION, lambda: done.append("sent"), check=lambda: None)
    worker.close()
    assert done == ["sent"]


def test_who_subscribes_while_too_much_waits_is_told_and_nothing_is_recorded(
    busy, web, app, sink, clock
):
    wish = {"email": "ann@example.org"}
    token = re.search(r'name="token" value="([\w-]+)"', web.get("/").text)[1]
    clock.now += timedelta(seconds=10)
    form = {**wish, "token": token, "website": ""}
    for answer in (
        web.post("/subscribe", data=form),
        web.post("/api/v1/subscriptions", json=wish),
    ):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert "Too many people are subscribing right now. Please try again soon." in answer.text
    assert who(app, "ann@example.org") is None
    busy()
    assert web.post("/subscribe", data=form).status_code == 200
    wait_for(lambda: b"ann@example.org" in b"".join(mail.data for mail in sink.messages))


def test_courtesy_is_left_out_while_too_much_waits_but_what_was_asked_for_is_done(
    busy, web, app, reader, sink, caplog
):
    page = web.post(page_of(app, Purpose.UNSUBSCRIBE, who(app, "ann@example.org")))
    assert page.status_code == 200
    assert "You are unsubscribed" in page.text
    assert who(app, "ann@example.org").state is SubscriberState.UNSUBSCRIBED
    assert "2 tasks of pages wait: 1 goodbye" not in caplog.text  # a key was told right before
    assert 'digest_clerk_refused_total{task="goodbye"} 1.0' in web.get("/metrics").text
    busy()
    assert not sink.messages
