"""The whole way of a send, beside load generators, a plain script and nodemailer, in one run.

    python -m benchmarks.send [--readers 20000] [--rounds 3] [--naive 200] [--node 2000]

`digest send` is a process of its own with one worker and 8 connections, ledger and journal on. It
and smtp-source, which sends the same octets again and again, push into the same sinks: Postfix's
smtp-sink, and a cheaper one (benchmarks.discard). The script and nodemailer make the same mails for
the first readers. CPU is of all processes that send; start-up is included for digest, and left out
for the script and nodemailer.
"""

import argparse
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

from benchmarks.measure import (
    Measured,
    Server,
    beside,
    discard_sink,
    in_turn,
    smtp_sink,
    smtp_source,
)
from benchmarks.naive import send_naively
from benchmarks.nodemailer import Nodemailer
from benchmarks.service import DAY, Service


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--naive", type=int, default=200, help="readers of the plain script")
    parser.add_argument("--node", type=int, default=2000, help="readers of nodemailer, 0: without")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder), options.readers)
        size = service.octets()
        print(f"{options.readers:,} readers, {size:,} octets a mail, {options.rounds} rounds")
        _into_smtp_sink(service, size, options.rounds)
        _into_the_cheap_sink(service, size, options)


def _into_smtp_sink(service: Service, size: int, rounds: int) -> None:
    readers = service.readers
    with smtp_sink() as sink:
        ways: dict[str, Callable[[], Measured]] = {
            "digest into smtp-sink": lambda: service.send(sink.port),
            "smtp-source into smtp-sink": lambda: smtp_source(
                sink.port, messages=readers, size=size
            ),
        }
        ours, source = in_turn(
            rounds,
            {name: _with(sink, readers, way) for name, way in ways.items()},
        ).values()
    print(f"  {ours.rate / source.rate:.2f} of its rate")


def _into_the_cheap_sink(service: Service, size: int, options: argparse.Namespace) -> None:
    readers, numbers = service.readers, count()
    edition = service.app.editions.foresee(DAY)
    with discard_sink() as sink:

        def script() -> Measured:
            ledger = service.folder / f"{next(numbers)}.db"
            done = send_naively(
                service.app, edition, service.dues(options.naive), sink.port, ledger
            )
            return Measured(options.naive / done["seconds"], done["cpu"] / options.naive * 1000)

        ways: dict[str, Callable[[], Measured]] = {
            "digest into the cheap sink": _with(sink, readers, lambda: service.send(sink.port)),
            "smtp-source into it": _with(
                sink, readers, lambda: smtp_source(sink.port, messages=readers, size=size)
            ),
            "plain script into it": _with(sink, options.naive, script),
        }
        if options.node:
            node = Nodemailer(service, options.node)
            ways["nodemailer, handlebars into it"] = _with(
                sink, options.node, lambda: node.send(sink.port)
            )
        found = in_turn(options.rounds, ways)
    ours, source, *others = found.items()
    print(f"  {ours[1].rate / source[1].rate:.2f} of smtp-source's rate")
    for name, other in others:
        print(f"  {other.cpu_ms / ours[1].cpu_ms:.0f} times less CPU a message than {name}")


def _with(server: Server, messages: int, way: Callable[[], Measured]) -> Callable[[], Measured]:
    return lambda: beside(server, messages, way)


if __name__ == "__main__":
    main()
