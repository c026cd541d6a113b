from datetime import timedelta
from threading import Event, Thread

import pytest

from digest.api_keys import keys
from digest.api_keys.keys import Scope
from digest.api_keys.once import BusyError, Named, forget_answers, once
from digest.api_keys.store.idempotency import Answer
from digest.errors import InputError

DONE = Answer(201, {"content-type": "application/json"}, b'{"n":1}')


@pytest.fixture
def named(database, clock):
    """A request by its name and what is in it."""
    secret = keys.add(database, "desk", [Scope.SEND_WRITE], clock())
    key = keys.check(database, secret)
    return lambda name="a", body="1": Named(key.id, name, body)


@pytest.fixture
def clock(now):
    class Clock:
        def __init__(self):
            self.now = now

        def __call__(self):
            return self.now

    return Clock()


def test_a_repeat_gets_the_stored_answer_for_a_day(database, named, clock):
    runs = []

    def work():
        runs.append(1)
        return DONE

    assert once(database, named(), work, clock) == (DONE, False)
    clock.now += timedelta(hours=23)
    assert once(database, named(), work, clock) == (DONE, True)
    assert once(database, named("b"), work, clock) == (DONE, False)
    assert len(runs) == 2
    clock.now += timedelta(hours=2)
    assert once(database, named(), work, clock) == (DONE, False)


def test_the_same_name_for_another_request_is_refused(database, named, clock):
    once(database, named(body="1"), lambda: DONE, clock)
    with pytest.raises(InputError, match="another request"):
        once(database, named(body="2"), lambda: DONE, clock)


def test_of_two_at_once_one_runs_and_one_is_told(database, named, clock):
    started, finish = Event(), Event()

    def work():
        started.set()
        assert finish.wait(20)
        return DONE

    first = Thread(target=once, args=(database, named(), work, clock))
    first.start()
    assert started.wait(20)
    with pytest.raises(BusyError):
        once(database, named(), lambda: DONE, clock)
    finish.set()
    first.join()
    assert once(database, named(), work, clock) == (DONE, True)


def test_what_failed_on_our_side_can_be_tried_again(database, named, clock):
    broken = Answer(503, {}, b"")
    assert once(database, named(), lambda: broken, clock) == (broken, False)
    with pytest.raises(ZeroDivisionError):
        once(database, named(), lambda: 1 / 0, clock)
    assert once(database, named(), lambda: DONE, clock) == (DONE, False)


def test_a_request_that_was_killed_can_be_repeated_after_a_while(database, named, clock):
    def killed():
        raise SystemExit

    slow = Event()

    def late():
        """Another process has taken over and answered; we come back from a long sleep."""
        clock.now += timedelta(minutes=11)
        assert once(database, named(), lambda: DONE, clock) == (DONE, False)
        slow.set()
        return Answer(200, {}, b"late")

    once(database, named(), late, clock)
    assert slow.is_set()
    assert once(database, named(), killed, clock) == (DONE, True)


def test_old_answers_are_forgotten(database, named, clock):
    once(database, named("a"), lambda: DONE, clock)
    clock.now += timedelta(hours=12)
    once(database, named("b"), lambda: DONE, clock)
    clock.now += timedelta(hours=13)
    assert forget_answers(database, clock.now) == 1
    assert forget_answers(database, clock.now) == 0
