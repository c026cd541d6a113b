"""Thousands press a button at once, and processes are killed: what was said is true."""

import os
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from digest.ground.tokens.links import LinkSigner, Purpose
from digest.model import SubscriberState
from digest.subscribers.store import reader_lists
from tests.e2e.service import Service, running_service
from tests.processes import Process

READERS, SAID_BEFORE_THE_KILL = 600, 60


@pytest.fixture(params=["sqlite", "postgres"])
def on_either(
    request: pytest.FixtureRequest, tmp_path: Path, compiled_editions: Path
) -> Iterator[Service]:
    url = request.getfixturevalue(f"{request.param}_url")
    with running_service(tmp_path, url, compiled=compiled_editions) as service:
        yield service


def serve(service: Service, *arguments: str) -> tuple[Process, str]:
    """Start the pages; return the process and their address."""
    with (service.folder / "serve.log").open("w", encoding="utf-8") as log:
        process = service.start("serve", "--port", "0", *arguments, log=log)
    assert process.stdout is not None
    found = re.search(r"http\S+", process.stdout.readline())
    assert found is not None
    return process, found[0].rstrip("/")


def one_clicks(service: Service) -> dict[int, str]:
    """Return the paths that end the subscriptions of all readers, by reader."""
    app = service.app
    signer = LinkSigner(app.settings.keys)
    with app.database.read() as session:
        readers = list(reader_lists.iter_all(session))
    app.database.close()
    return {one.id: f"/u/{signer.token(Purpose.UNSUBSCRIBE, one.id, one.nonce)}" for one in readers}


def gone(service: Service) -> set[int]:
    """Return who is unsubscribed."""
    app = service.app
    with app.database.read() as session:
        ended = SubscriberState.UNSUBSCRIBED
        found = {one.id for one in reader_lists.iter_all(session) if one.state is ended}
    app.database.close()
    return found


def workers_of(process: Process) -> list[int]:
    """Return the processes that serve the pages for another one."""
    by_thread = Path(f"/proc/{process.pid}/task").glob("*/children")
    children = [int(each) for file in by_thread for each in file.read_text().split()]
    return [each for each in children if b"spawn_main" in _command(each)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


def listeners(address: str) -> int:
    """Return how many sockets listen on the port of an address."""
    port = f":{int(address.rpartition(':')[2]):04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[1].endswith(port) and line[3] == "0A" for line in lines)


@pytest.mark.e2e
def test_whoever_was_answered_before_a_kill_is_gone_for_good(on_either: Service):
    service = on_either
    service.add_readers(READERS)
    paths = one_clicks(service)
    process, address = serve(service)
    victims = [process.pid]
    said: list[int] = []

    def press(reader: int) -> None:
        with suppress(httpx.TransportError):
            if web.post(address + paths[reader]).status_code == 200:
                said.append(reader)
        while len(said) >= SAID_BEFORE_THE_KILL and victims:
            with suppress(IndexError):  # another thread was quicker
                os.kill(victims.pop(), signal.SIGKILL)

    with httpx.Client(timeout=30) as web, ThreadPoolExecutor(32) as pool:
        list(pool.map(press, paths))
    assert len(said) >= SAID_BEFORE_THE_KILL
    assert set(said) <= gone(service)
    process.communicate()


@pytest.mark.e2e
def test_a_worker_that_is_killed_is_replaced_and_all_end_together(service: Service):
    service.add_readers(1)
    (path,) = one_clicks(service).values()
    process, address = serve(service, "--workers", "2")
    first = workers_of(process)
    assert len(first) == listeners(address) == 2
    os.kill(first[0], signal.SIGKILL)
    until = time.monotonic() + 60
    while len(workers_of(process)) < 2 or listeners(address) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert first[0] not in workers_of(process)
    for _ in range(20):  # each by a connection of its own, so by either
        assert httpx.get(address + path).status_code == 200
    assert httpx.post(address + path).status_code == 200
    service.sink.wait_for(1, timeout_seconds=30)  # the goodbye, which the parent sends
    everybody = workers_of(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert [_command(each) for each in everybody] == [b"", b""]
    process.communicate()


@pytest.mark.e2e
def test_workers_of_a_parent_that_is_killed_end(service: Service):
    process, address = serve(service, "--workers", "2")
    everybody = workers_of(process)
    process.kill()
    process.communicate()
    until = time.monotonic() + 30
    while any(_command(each) for each in everybody):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert listeners(address) == 0
