import threading

from digest.web import clerk
from digest.web.clerk import Clerk


def test_what_fails_does_not_keep_the_next_from_its_turn(caplog):
    def fail():
        raise RuntimeError("the disk is full")

    done = []
    worker = Clerk()
    assert worker.hand(fail)
    assert worker.hand(lambda: done.append(1))
    worker.close()
    assert done == [1]
    assert "the disk is full" in caplog.text


def test_a_full_queue_takes_no_more(monkeypatch):
    monkeypatch.setattr(clerk, "MOST_WAITING", 2)
    free, worker = threading.Event(), Clerk()
    assert [worker.hand(free.wait) for _ in range(3)] == [True, True, False]
    free.set()
    worker.close()
