"""People sign up while `digest serve` is killed again and again: whoever was answered is mailed."""

import random
import socket
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count

import httpx

from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.outbox.store import figures
from tests.e2e.faults import STEPS, Killer, Verdict, ledger_lines
from tests.e2e.machines import wait_until
from tests.e2e.service import Service

CONNECTIONS = 2  # that an outbox sends over
MOST_A_ROUND = 12
START_SECONDS = 60.0
LONGEST_ROUND_SECONDS = 5.0


def endure_kills(service: Service, rng: random.Random, kills: int) -> Verdict:
    """Kill `digest serve` so many times while people sign up; let it recover, and count."""
    service.ingest(40)
    port, numbers = _free_port(), count()
    answered = [address for _ in range(kills) for address in _round(service, rng, port, numbers)]
    service.sink.misbehaviour = Misbehaviour()
    started = time.monotonic()
    with service.fork("serve", "--port", str(port)) as process:
        wait_until(lambda: _is_done(service), START_SECONDS)
        seconds = time.monotonic() - started
        process.kill()
    return _verdict(service, answered, kills * CONNECTIONS, seconds)


def _round(service: Service, rng: random.Random, port: int, numbers: Iterator[int]) -> list[str]:
    """Serve and let people sign up until a kill at a seeded point; return who was answered."""
    killer = Killer(rng.choice(STEPS), rng.randint(1, MOST_A_ROUND), rng.choice((0.0, 0.02)))
    by_answers = rng.randint(1, MOST_A_ROUND) if rng.random() < 0.3 else None
    service.sink.misbehaviour = Misbehaviour() if by_answers else killer
    answered: list[str] = []
    with service.fork("serve", "--port", str(port)) as process:
        wait_until(lambda: _is_up(port) or process.returncode is not None, START_SECONDS)
        killer.victim = process.pid
        ends = time.monotonic() + LONGEST_ROUND_SECONDS
        while process.returncode is None and time.monotonic() < ends:
            if len(answered) < MOST_A_ROUND:
                answered += _sign_up(port, next(numbers))
            if by_answers == len(answered) or len(answered) == MOST_A_ROUND:
                time.sleep(rng.uniform(0, 0.05))
                process.kill()
        process.kill()
        process.wait()
    return answered


def _sign_up(port: int, number: int) -> list[str]:
    """Ask for a subscription; return the address if that was answered."""
    address = f"visitor{number}@example.org"
    visitor = f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
    try:
        answer = httpx.post(
            f"http://127.0.0.1:{port}/api/v1/subscriptions",
            json={"email": address},
            headers={"X-Forwarded-For": visitor},
            timeout=10,
            trust_env=False,
        )
    except httpx.TransportError:  # it was killed meanwhile
        return []
    assert answer.status_code == 202, answer.text
    return [address]


def _is_up(port: int) -> bool:
    with socket.socket() as knocking:
        return knocking.connect_ex(("127.0.0.1", port)) == 0


def _is_done(service: Service) -> bool:
    app = service.app
    with app.database.read() as session:
        found = figures.counts(session)
    app.database.close()
    return found.waiting == 0


def _verdict(service: Service, answered: list[str], most: int, seconds: float) -> Verdict:
    copies: dict[str, list[bytes]] = {address: [] for address in answered}
    for message in service.sink.messages:
        copies.setdefault(message.recipients[0], []).append(message.data)
    marked = {line["email"] for line in ledger_lines(service) if line["uncertain"]}
    repeated = {address for address, got in copies.items() if len(got) > 1}
    states = Counter(_states(service))
    return Verdict(
        readers=len(answered),
        lost=sum(not copies[address] for address in answered),
        repeated=sum(len(got) - 1 for got in copies.values() if got),
        most_repeated=most,
        unmarked=len(repeated - marked),
        differing=sum(len(set(got)) > 1 for got in copies.values()),
        balanced=states.keys() <= {"sent", "uncertain"},
        seconds=seconds,
    )


def _states(service: Service) -> list[str]:
    app = service.app
    with app.database.read() as session:
        found = [line.state.value for line in figures.entries(session)]
    app.database.close()
    return found


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
