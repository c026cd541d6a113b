"""The whole way of a send into Postfix's smtp-sink, beside Postfix's load generator.

    python -m benchmarks.send [--readers 20000] [--rounds 3]

`digest send` is a process of its own with one worker and 8 connections, ledger and journal on.
smtp-source sends the same octets again and again. CPU is of all processes that send, start-up
included. Other senders, and a sink that counts: `python -m benchmarks.race`.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.measure import beside, in_turn, smtp_sink, smtp_source
from benchmarks.service import Service


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    readers = options.readers
    with tempfile.TemporaryDirectory() as folder, smtp_sink() as sink:
        service = Service(Path(folder), readers)
        size = service.octets()
        print(f"{readers:,} readers, {size:,} octets a mail, {options.rounds} rounds")
        ours, source = in_turn(
            options.rounds,
            {
                "digest into smtp-sink": lambda: beside(
                    sink, readers, lambda: service.send(sink.port)
                ),
                "smtp-source into smtp-sink": lambda: beside(
                    sink, readers, lambda: smtp_source(sink.port, messages=readers, size=size)
                ),
            },
        ).values()
    print(f"  {ours.rate / source.rate:.2f} of its rate")


if __name__ == "__main__":
    main()
