"""Promise 2: a SIGKILL at any point loses nobody and repeats almost nobody."""

import random
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.databases import new_sqlite
from tests.e2e.faults import Fault, endure, kills, recover, verdict
from tests.e2e.service import Service, running_service

READERS = 3200  # seven batches, the last one short; twelve kills come before the end
READERS_OF_TWO = 4200  # so many that a second process is worth its start
KILLS = 12


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.parametrize("seed", range(5))
def test_a_kill_anywhere_loses_nobody_and_marks_who_may_have_a_repeat(tmp_path: Path, seed):
    fault = Fault("kill", "SIGKILL", READERS, kills(KILLS))
    with running_service(tmp_path, new_sqlite(tmp_path)) as service:
        found = endure(fault, service, random.Random(seed))
    print(found)
    assert found.most_repeated >= (KILLS - 2) * 4  # nearly all points come in time
    assert found.faultless


def running(service: Service) -> list[str]:
    """The command lines of all processes that have this database in their environment."""
    name = service.environment["DIGEST_DATABASE_URL"].encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, or is somebody else's
            if name in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@pytest.mark.slow
@pytest.mark.e2e
def test_when_the_parent_of_several_processes_is_killed_they_stop_and_the_next_run_goes_on(
    service: Service,
):
    service.ingest(20)
    addresses = service.add_readers(READERS_OF_TWO)
    for _ in range(2):
        with service.start("send", "--json", DIGEST_WORKERS="2") as process:
            service.sink.wait_for(len(service.sink.messages) + 300, timeout_seconds=60)
            process.kill()
            process.communicate()
        time.sleep(1)  # they finish what is in flight
        settled = len(service.sink.messages)
        assert settled < READERS_OF_TWO
        time.sleep(0.5)
        assert len(service.sink.messages) == settled
        assert running(service) == []
    balanced = recover(service)
    found = verdict(service, addresses, most=0, balanced=balanced, seconds=0)
    assert found.faultless  # and nobody has two: only the parent was killed
