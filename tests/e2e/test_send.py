"""`digest send` as a user runs it, against a real mail server."""

import hashlib
import json
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from tests.e2e.service import Service

pytestmark = pytest.mark.e2e


def recipients(service: Service) -> Counter[str]:
    return Counter(message.recipients[0] for message in service.sink.messages)


def database_hash(service: Service) -> str:
    file = service.environment["DIGEST_DATABASE_URL"].removeprefix("sqlite:///")
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


def rows_but_of_runs(service: Service) -> list[str]:
    """What the database holds beside the reports: that a run failed is kept in one."""
    file = service.environment["DIGEST_DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as database:
        return [line for line in database.iterdump() if "runs" not in line]


def test_a_dry_run_shows_the_exact_bytes_and_changes_nothing(service: Service):
    service.ingest(30)
    addresses = service.add_readers(40)
    before = database_hash(service)
    now = ("--now", "2026-11-30T10:14:59")  # the quarter of an hour that both lie in is the Date
    rehearsal = service.run("send", "--dry-run", "--out", "mails", "--json", *now)
    assert rehearsal.returncode == 0, rehearsal.stderr
    assert json.loads(rehearsal.stdout)["states"] == {"queued": 40}
    assert database_hash(service) == before
    assert service.sink.connections == 0
    assert service.run("send", *now).returncode == 0
    written = {file.stem: file.read_bytes() for file in (service.folder / "mails").iterdir()}
    assert sorted(written) == sorted(addresses)
    assert {m.recipients[0]: m.data for m in service.sink.messages} == written


def test_the_second_run_sends_nothing_and_says_why(service: Service):
    service.ingest(30)
    service.add_readers(3)
    assert service.run("send").returncode == 0
    again = service.run("send")
    assert again.returncode == 0
    assert "everybody has had this edition" in again.stdout
    assert len(service.sink.messages) == 3


@pytest.mark.slow
def test_two_sends_at_once_give_everybody_exactly_one_message(service: Service):
    service.ingest(30)
    addresses = service.add_readers(1000)
    racers = [service.start("send", "--json", DIGEST_WORKERS="1") for _ in range(2)]
    reports = []
    for racer in racers:
        out, errors = racer.communicate(timeout=120)
        assert racer.returncode == 0, errors
        reports.append(json.loads(out))
    assert recipients(service) == Counter(addresses)
    assert sum(report["run"].get("sent", 0) for report in reports) == 1000


@pytest.mark.slow
def test_several_processes_share_the_work(service: Service):
    service.ingest(20)
    addresses = service.add_readers(4000)
    with service.start("send", "--json", DIGEST_WORKERS="2") as process:
        out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert json.loads(out)["states"] == {"sent": 4000}
    assert recipients(service) == Counter(addresses)
    lines = service.run("deliveries", "--json").stdout.splitlines()
    assert len(lines) == 4000


def test_nobody_gets_a_paper_twice_in_later_editions(service: Service):
    service.ingest(30)
    service.add_readers(5, follow=False)
    for day in ("2026-11-19", "2026-11-20", "2026-11-21"):
        run = service.run("send", "--date", day)
        assert run.returncode == 0, run.stderr
    lines = [json.loads(x) for x in service.run("deliveries", "--json").stdout.splitlines()]
    for email in {line["email"] for line in lines}:
        papers = [title for line in lines if line["email"] == email for title in line["papers"]]
        assert len(papers) == len(set(papers)) == 30  # three mails of ten


def test_sigterm_finishes_what_is_in_flight_and_the_next_run_does_the_rest(service: Service):
    service.ingest(20)
    addresses = service.add_readers(600)
    service.sink.misbehaviour = Misbehaviour([parse_rule("at dot: wait 0.02")])
    with service.start("send", "--json") as process:
        service.sink.wait_for(20, timeout_seconds=30)
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    stopped = json.loads(out)
    assert 20 <= stopped["states"]["sent"] < 600
    assert stopped["states"]["queued"] == 600 - stopped["states"]["sent"]
    assert len(service.sink.messages) == stopped["states"]["sent"]
    service.sink.misbehaviour = Misbehaviour()
    assert service.run("send").returncode == 0
    assert recipients(service) == Counter(addresses)


def test_refusals_cost_only_the_refused_and_are_listed(service: Service):
    service.ingest(20)
    service.add_readers(10)
    service.sink.replies = {
        "reader3@example.org": "452 4.2.2 mailbox full",
        "reader5@example.org": "550 5.1.1 no such user",
    }
    run = service.run("send", "--json")
    assert run.returncode == 1
    report = json.loads(run.stdout)
    assert report["states"] == {"sent": 8, "deferred": 1, "failed": 1}
    failed = json.loads(service.run("deliveries", "--state", "failed", "--json").stdout)
    assert failed["email"] == "reader5@example.org"
    assert failed["reply"] == "550 5.1.1 no such user"
    soon = service.run("send", "--json")
    assert json.loads(soon.stdout)["run"] == {}  # its time has not come
    service.sink.replies = {}
    later = service.run("send", "--json", "--now", "2100-01-01T00:00")
    assert json.loads(later.stdout)["states"] == {"sent": 9, "failed": 1}


def test_a_relay_that_is_not_there_is_exit_code_5_and_changes_nothing(service: Service):
    service.ingest(20)
    service.add_readers(2)
    service.sink.stop()
    before = rows_but_of_runs(service)
    run = service.run("send", "--json")
    assert run.returncode == 5
    assert "connect" in run.stderr.lower()
    changed = set(rows_but_of_runs(service)) ^ set(before)
    assert len(changed) == 2  # the settings that shape a mail are noted, and nothing else
    assert all(line.startswith('INSERT INTO "installation"') for line in changed)


def test_a_real_relay_needs_a_sender_a_postal_address_and_a_public_base_url(service: Service):
    service.ingest(20)
    service.add_readers(2)
    run = service.run("send", DIGEST_SMTP_URL="smtp+starttls://user:secret@relay.example.com")
    assert run.returncode == 2
    for name in ("DIGEST_SENDER", "DIGEST_POSTAL_ADDRESS", "DIGEST_BASE_URL"):
        assert name in run.stderr
    assert "secret" not in run.stderr


def test_one_reader_alone_can_be_mailed(service: Service):
    service.ingest(20)
    service.add_readers(3)
    run = service.run("send", "--to", "Reader1@example.org", "--json")
    assert json.loads(run.stdout)["states"] == {"sent": 1}
    assert recipients(service) == {"reader1@example.org": 1}
    assert service.run("send").returncode == 0
    assert set(recipients(service).values()) == {1}
    assert service.run("send", "--to", "nobody@example.org").returncode == 4


def test_an_uncertain_message_is_held_when_that_is_the_policy(service: Service):
    service.ingest(20)
    service.add_readers(3)
    service.sink.misbehaviour = Misbehaviour([parse_rule("reader1@* at stored: drop")])
    run = service.run("send", "--json", DIGEST_UNCERTAIN="hold")
    assert run.returncode == 1
    assert json.loads(run.stdout)["states"] == {"sent": 2, "uncertain": 1}
    later = service.run("send", "--json", "--now", "2100-01-01T00:00", DIGEST_UNCERTAIN="hold")
    assert json.loads(later.stdout)["states"] == {"sent": 2, "uncertain": 1}
    assert set(recipients(service).values()) == {1}


def test_an_uncertain_message_is_repeated_byte_for_byte_when_that_is_the_policy(service: Service):
    service.ingest(20)
    service.add_readers(3)
    service.sink.misbehaviour = Misbehaviour([parse_rule("reader1@* first 1 at stored: drop")])
    assert service.run("send").returncode == 1
    later = service.run("send", "--json", "--now", "2100-01-01T00:00")
    assert json.loads(later.stdout)["states"] == {"sent": 3}
    copies = [m.data for m in service.sink.messages if m.recipients[0] == "reader1@example.org"]
    assert len(copies) == 2
    assert copies[0] == copies[1]
