"""The harness itself: a process that hangs takes no test with it, and tells what it said."""

import signal
import time
from pathlib import Path
from subprocess import TimeoutExpired

import pytest

from tests.e2e.service import Service, running_service

# Both hold the pipes open: whoever kills only the first one waits for the other.
HANGS = ("sh", "-c", "echo it hangs >&2; sleep 300 & sleep 300")


@pytest.mark.timeout(60)
def test_a_process_whose_block_ends_by_an_error_is_killed_with_its_children(service: Service):
    started = time.monotonic()
    with (
        pytest.raises(TimeoutExpired) as caught,
        service.start("send", before=HANGS) as process,
    ):
        process.communicate(timeout=0.5)
    assert time.monotonic() - started < 30
    assert process.returncode == -signal.SIGKILL
    assert "was killed; it said:\nit hangs" in caught.value.__notes__[0]


@pytest.mark.timeout(60)
def test_a_forked_process_whose_block_ends_by_an_error_is_killed(service: Service):
    with pytest.raises(TimeoutExpired) as caught, service.fork("worker", "--nonsense") as process:
        process.communicate(timeout=0)  # however soon it ends, it is not yet
    assert process.returncode == -signal.SIGKILL
    assert "'--nonsense'] was killed; it said:" in caught.value.__notes__[0]


@pytest.mark.timeout(60)
def test_nothing_that_was_started_outlives_its_service(tmp_path: Path, sqlite_url: str):
    started = []

    def fail() -> None:
        with (
            (tmp_path / "log").open("w", encoding="utf-8") as log,
            running_service(tmp_path, sqlite_url) as service,
        ):
            started.append(service.start("worker", before=HANGS))
            started.append(service.start("worker", before=HANGS, log=log))
            time.sleep(0.5)
            raise LookupError("a test fails")

    with pytest.raises(LookupError) as caught:
        fail()
    assert [process.returncode for process in started] == [-signal.SIGKILL] * 2
    assert started[0].stdout.closed
    assert caught.value.__notes__[0].count("it hangs") == 4  # the commands, and what they said
