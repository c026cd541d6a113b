"""What SIGTERM, SIGINT and SIGHUP do to every process of ours: finish, and be quick about it."""

import os
import signal
import sys
from _thread import start_new_thread
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

_NOT_DRAINED = 1


@contextmanager
def stopped_by_signal(
    drain_seconds: float | None = None, *, of_parent: bool = False
) -> Iterator[Event]:
    """Give an event that the first SIGTERM, SIGINT or SIGHUP sets.

    A second SIGTERM or SIGINT ends the process at once. SIGHUP is no such second, nor the first: a
    terminal that is closed sends two, systemd one behind its SIGTERM (SendSIGHUP), and what ends a
    session a SIGTERM behind that of the terminal. Where it is ignored, as under nohup, it stays so.

    drain_seconds: how long finishing may take; then the process ends where it is, which is like a
    kill: journal and ledger know what was done. of_parent: we are a child, whose parent passes on
    what it is told. Then SIGINT and SIGHUP are the parent's, and a second SIGTERM says nothing new:
    whoever stops a service tells all of its processes, and the parent tells us too. Only for the
    main thread.
    """
    stop = Event()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in (*numbers, signal.SIGHUP)}

    asked = False

    def ask(number: int, _frame: object) -> None:
        nonlocal asked
        if not asked:
            asked = True
            # Not here: the lock of the event may be held by what was interrupted, its own `wait`.
            start_new_thread(stop.set, ())
            if drain_seconds:
                signal.signal(signal.SIGALRM, _give_up)
                signal.setitimer(signal.ITIMER_REAL, drain_seconds)
        if number in numbers and not of_parent:
            for each in numbers:
                signal.signal(each, end)

    def end(number: int, _frame: object) -> None:
        _kill_children()
        restore()
        os.kill(os.getpid(), number)

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, signal.SIG_IGN if of_parent else ask)
    if before[signal.SIGHUP] is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_IGN if of_parent else ask)
    try:
        yield stop
    finally:
        if drain_seconds and asked:
            signal.setitimer(signal.ITIMER_REAL, 0)
        restore()


def _kill_children() -> None:
    """Let no process of ours go on without us: what it did is in its journal."""
    from multiprocessing import active_children  # not before it is needed: help is quick

    for child in active_children():
        child.kill()


def _give_up(_number: int, _frame: object) -> None:
    sys.stderr.write("digest: not finished in DIGEST_DRAIN_SECONDS; ending as after a kill\n")
    sys.stderr.flush()
    _kill_children()
    os._exit(_NOT_DRAINED)
