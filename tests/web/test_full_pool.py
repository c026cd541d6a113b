"""When no thread is free, those who watch, and those who leave, are answered all the same."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from digest.ground.tokens.links import Purpose
from digest.subscribers.store import subscribers

MORE_THAN_THREADS = 60  # the pool has 40


@pytest.mark.timeout(100)
def test_the_health_check_needs_no_thread_and_no_database(site, app, token, reader):
    path = f"/p/{token(Purpose.PREFERENCES)}/resume"
    assert httpx.get(f"{site}/readyz").status_code == 200
    with ThreadPoolExecutor(MORE_THAN_THREADS) as pool, ExitStack() as held:
        session = held.enter_context(app.database.write())
        subscribers.by_id(session, reader, lock=True)
        waiting = [
            pool.submit(httpx.post, site + path, timeout=60) for _ in range(MORE_THAN_THREADS)
        ]
        for _ in range(5):
            assert httpx.get(f"{site}/healthz", timeout=10).text == "ok\n"
            assert httpx.get(f"{site}/readyz", timeout=10).text == "ready\n"
        assert not any(each.done() for each in waiting)
        held.close()
        assert {each.result().status_code for each in waiting} <= {200, 503}
