"""Promise 2: a SIGKILL at any point loses nobody and repeats almost nobody."""

import json
import os
import random
import signal
from collections import Counter
from collections.abc import Sequence
from subprocess import TimeoutExpired

import pytest

from digest.mail.misbehaviour import Misbehaviour
from digest.mail.rules import Rule, Step
from tests.e2e.conftest import Service

READERS = 1200  # three batches, the last one short
KILLS = 12
CONNECTIONS = 4


class Killer(Misbehaviour):
    """A sink that kills its client when a step of the dialogue comes for the n-th time."""

    def __init__(self, step: Step, countdown: int) -> None:
        super().__init__()
        self.victim: int | None = None
        self._step, self._countdown = step, countdown

    def actions(self, step: Step, addresses: Sequence[str], *, carried: int) -> list[Rule]:
        if step is self._step:
            self._countdown -= 1
            if self._countdown == 0 and self.victim is not None:
                os.kill(self.victim, signal.SIGKILL)
        return super().actions(step, addresses, carried=carried)


STEPS = (Step.CONNECT, Step.MAIL, Step.RCPT, Step.DATA, Step.BODY, Step.DOT, Step.STORED)


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.parametrize("seed", range(5))
def test_a_kill_anywhere_loses_nobody_and_marks_who_may_have_a_repeat(service: Service, seed):
    rng = random.Random(seed)
    service.ingest(40)
    addresses = service.add_readers(READERS)
    killed = sum(run_and_kill(service, rng) for _ in range(KILLS))
    assert killed >= KILLS - 2  # the points are seeded so that nearly all come in time
    service.sink.misbehaviour = Misbehaviour()
    last = service.run("send", "--json", DIGEST_WORKERS="1")
    assert last.returncode == 0, last.stderr
    report = json.loads(last.stdout)
    assert report["states"] == {"sent": READERS}
    assert report["planned"] == READERS
    copies: dict[str, list[bytes]] = {address: [] for address in addresses}
    for message in service.sink.messages:
        copies[message.recipients[0]].append(message.data)
    lost = [address for address, got in copies.items() if not got]
    assert not lost
    repeated = {address for address, got in copies.items() if len(got) > 1}
    lines = service.run("deliveries", "--json").stdout.splitlines()
    uncertain = {line["email"] for line in map(json.loads, lines) if line["uncertain"]}
    assert repeated <= uncertain
    assert len(uncertain) <= killed * CONNECTIONS
    assert all(len(set(got)) == 1 for got in copies.values())  # so the Message-ID is the same too
    extra = Counter(len(got) - 1 for got in copies.values())
    print(f"seed {seed}: {killed} kills, {len(uncertain)} uncertain, extra copies {dict(extra)}")


def run_and_kill(service: Service, rng: random.Random) -> bool:
    """Send, killed at a seeded point; False when the run ended before the kill came."""
    by_clock = rng.random() < 0.35
    killer = Killer(rng.choice(STEPS), 0 if by_clock else rng.randint(1, 130))
    service.sink.misbehaviour = killer
    settings = {"DIGEST_WORKERS": "1", "DIGEST_SMTP_CONNECTIONS": str(CONNECTIONS)}
    with service.start("send", "--json", **settings) as process:
        killer.victim = process.pid
        try:
            _, errors = process.communicate(timeout=rng.uniform(0.3, 2.5) if by_clock else 60)
        except TimeoutExpired:
            process.kill()
            _, errors = process.communicate()
    if process.returncode == 0:  # everybody had it before the kill came
        return False
    assert process.returncode == -signal.SIGKILL, errors
    return True
