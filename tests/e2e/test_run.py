"""`digest run` and its parts as processes: a restart in the middle of a send is a non-event."""

import json
import os
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from tests.e2e.conftest import Service
from tests.e2e.machines import states, wait_until

READERS = 1500  # three batches
CLOCK = {  # whatever the time of day is, the edition of today is open and everybody is due
    "DIGEST_SCHEDULE_OPEN": "* * * * *",
    "DIGEST_WORKERS": "1",
}


def prepare(service: Service, count: int = READERS) -> list[str]:
    service.ingest(20, datetime.now(UTC).date())
    addresses = service.add_readers(count)
    with service.app.database.write() as session:
        session.connection().exec_driver_sql("UPDATE delivery_schedules SET hour = 0")
    return addresses


def got(service: Service) -> Counter[str]:
    return Counter(message.recipients[0] for message in service.sink.messages)


def children(parent: int) -> list[int]:
    files = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(number) for file in files for number in file.read_text().split()]


def has_begun(service: Service) -> bool:
    """Whether a body is on its way to the relay, as a journal knows."""
    return any(b"\nb " in journal.read_bytes() for journal in service.folder.rglob("*.journal"))


def stop(process, number=signal.SIGTERM) -> tuple[int, str]:
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


@pytest.mark.slow
@pytest.mark.e2e
def test_a_restart_in_the_middle_of_a_send_mails_everybody_once(service: Service):
    addresses = prepare(service)
    service.sink.misbehaviour = Misbehaviour([parse_rule("at dot: wait 0.002")])
    for everyone in (False, True):
        before = len(service.sink.messages)
        process = service.start("run", "--port", "0", **CLOCK)
        service.sink.wait_for(before + 200, timeout_seconds=90)
        if everyone:  # as systemd tells all processes of a unit
            for child in children(process.pid):
                os.kill(child, signal.SIGTERM)
        assert stop(process)[0] == 0
        stopped_at = len(service.sink.messages)
        assert stopped_at < READERS
        time.sleep(0.5)
        assert len(service.sink.messages) == stopped_at  # nobody is left who sends
    service.sink.misbehaviour = Misbehaviour()
    process = service.start("run", "--port", "0", **CLOCK)
    service.sink.wait_for(READERS, timeout_seconds=90)
    assert stop(process)[0] == 0
    assert got(service) == dict.fromkeys(addresses, 1)
    assert states(service) == {"sent": READERS}


@pytest.mark.slow
@pytest.mark.e2e
def test_the_parts_do_together_what_run_does_alone(service: Service):
    addresses = prepare(service, 50)
    clock = service.start("schedule", **CLOCK)
    workers = [service.start("worker", **CLOCK) for _ in range(2)]
    service.sink.wait_for(50, timeout_seconds=150)
    assert [stop(process)[0] for process in (clock, *workers)] == [0, 0, 0]
    assert got(service) == dict.fromkeys(addresses, 1)


@pytest.mark.slow
@pytest.mark.e2e
def test_a_relay_that_hangs_holds_a_stop_up_no_longer_than_the_bound(service: Service):
    prepare(service, 20)
    service.sink.misbehaviour = Misbehaviour([parse_rule("at dot: hang")])
    process = service.start("run", "--port", "0", **CLOCK, DIGEST_DRAIN_SECONDS="2")
    wait_until(lambda: has_begun(service), seconds=60)
    started = time.monotonic()
    _, errors = stop(process)
    assert time.monotonic() - started < 15
    assert "DIGEST_DRAIN_SECONDS" in errors
    service.sink.misbehaviour = Misbehaviour()
    report = service.run("send", "--json", "--date", datetime.now(UTC).date().isoformat())
    assert json.loads(report.stdout)["balanced"]


@pytest.mark.slow
@pytest.mark.e2e
def test_a_second_signal_stops_at_once(service: Service):
    prepare(service, 20)
    service.sink.misbehaviour = Misbehaviour([parse_rule("at dot: hang")])
    process = service.start("run", "--port", "0", **CLOCK, DIGEST_DRAIN_SECONDS="100")
    wait_until(lambda: has_begun(service), seconds=60)
    assert states(service) == {"sending": 20}
    process.send_signal(signal.SIGTERM)
    time.sleep(1)
    assert process.poll() is None
    code, _ = stop(process)
    assert code == -signal.SIGTERM


@pytest.mark.slow
@pytest.mark.e2e
def test_the_pages_answer_while_it_sends(service: Service):
    prepare(service, 400)
    service.sink.misbehaviour = Misbehaviour([parse_rule("at dot: wait 0.02")])
    process = service.start("run", "--port", "0", **CLOCK)
    address = process.stdout.readline().split()[-1]
    service.sink.wait_for(20, timeout_seconds=90)
    with urlopen(f"{address}healthz", timeout=5) as answer:  # noqa: S310 -- our own
        assert answer.read() == b"ok\n"
    assert len(service.sink.messages) < 400
    assert stop(process)[0] == 0
