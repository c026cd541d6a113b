"""`digest worker` on PostgreSQL, as processes of several machines that are woken by jobs."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.e2e.machines import end, log_of, plan, start_machine, states, wait_until
from tests.e2e.service import Service, running_service


@pytest.fixture
def service(tmp_path: Path, postgres_url: str, compiled_editions: Path) -> Iterator[Service]:
    with running_service(tmp_path, postgres_url, compiled=compiled_editions) as service:
        yield service


def jobs_left(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()
    return row[0]


@pytest.mark.slow
@pytest.mark.e2e
def test_four_workers_that_are_woken_by_jobs_mail_everybody_once(service, postgres_url):
    service.ingest(20)
    addresses = service.add_readers(2200)
    fleet = [start_machine(service, f"machine{number}") for number in range(4)]
    try:
        time.sleep(5)  # they wait for mail
        plan(service)
        service.sink.wait_for(len(addresses), timeout_seconds=90)
        wait_until(lambda: states(service) == {"sent": len(addresses)}, seconds=60)
        wait_until(lambda: jobs_left(postgres_url) == 0, seconds=30)
    finally:
        ends = [end(machine) for machine in fleet]
    assert not any(ends)
    for number in range(4):
        assert "rror" not in log_of(service, f"machine{number}").read_text(encoding="utf-8")
    got = Counter(message.recipients[0] for message in service.sink.messages)
    assert got == dict.fromkeys(addresses, 1)
