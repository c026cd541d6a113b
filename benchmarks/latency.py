"""Replies that take time: the relay's 16 connections beside smtplib in 16 threads.

    python -m benchmarks.latency [--delays 1 5 20] [--rounds 3]

Ready messages of 43 KB into a sink that answers later; the rates are what counts.
"""

import argparse
import smtplib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks.measure import Measured, cpu_seconds, discard_sink, in_turn
from benchmarks.relay import Tally, make_messages
from digest.model import Message
from digest.smtp.pool import SmtpPool
from digest.smtp.smtp_url import SmtpUrl

CONNECTIONS = 16
_SECONDS = 3  # about so long each way takes
_SIZE = 43_000


def main() -> None:
    """Measure each delay and print how many times faster."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--delays", type=float, nargs="+", default=[1, 5, 20], help="milliseconds")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for delay in options.delays:
        _compare(delay, options.rounds)


def _compare(delay_ms: float, rounds: int) -> None:
    round_trips = int(CONNECTIONS * _SECONDS / ((delay_ms + 1) / 1000))
    with discard_sink(delay_ms) as sink:
        ours, theirs = in_turn(
            rounds,
            {
                f"relay, {delay_ms:g} ms": lambda: _relay(sink.port, round_trips),
                f"smtplib, {delay_ms:g} ms": lambda: _threads(sink.port, round_trips // 4),
            },
        ).values()
    print(f"  {ours.rate / theirs.rate:.1f} times its rate")


def _relay(port: int, count: int) -> Measured:
    tally, url = Tally(), SmtpUrl("smtp", "127.0.0.1", port)
    with SmtpPool([url], connections=CONNECTIONS) as relay:
        cpu, started = cpu_seconds(), time.perf_counter()
        relay.deliver(make_messages(count, _SIZE), tally, lambda: False)
        seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    assert tally.codes == {250: count}, tally.codes
    return Measured(count / seconds, cpu / count * 1000)


def _threads(port: int, count: int) -> Measured:
    """Let 16 threads, each with a connection of its own, take messages dealt out before."""
    messages = make_messages(count, _SIZE)
    clients = []
    for _ in range(CONNECTIONS):
        client = smtplib.SMTP("127.0.0.1", port)
        client.ehlo("bench.example.org")
        clients.append(client)
    work = list(messages)
    cpu, started = cpu_seconds(), time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(
            threads.map(_send, clients, [iter(work[at::CONNECTIONS]) for at in range(CONNECTIONS)])
        )
    seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    for client in clients:
        client.quit()
    return Measured(count / seconds, cpu / count * 1000)


def _send(client: smtplib.SMTP, messages: Iterator[Message]) -> None:
    for message in messages:
        client.sendmail(message.sender, [message.recipient], message.body)


if __name__ == "__main__":
    main()
