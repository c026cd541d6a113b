"""Races for tests."""

import threading
from collections.abc import Callable
from typing import Any


def together(*actions: Callable[[], Any]) -> list[Any]:
    """Run actions at the same moment, each in a thread of its own; return what they returned."""
    start = threading.Barrier(len(actions), timeout=30)
    results: list[Any] = [None] * len(actions)
    errors: list[Exception] = []

    def run(place: int, action: Callable[[], Any]) -> None:
        try:
            start.wait()
            results[place] = action()
        except Exception as exc:  # raised again below, where the test can see it
            errors.append(exc)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors, errors
    return results
