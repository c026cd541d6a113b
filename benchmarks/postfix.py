"""A real Postfix as the relay: it queues every mail, then throws it away.

    python -m benchmarks.postfix [--readers 20000] [--rounds 2]      needs root and Postfix

`digest send` and smtp-source in turn, 8 connections each; the next begins when the queue is empty.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Measured, in_turn, smtp_source
from benchmarks.service import Service
from tests.smtp import real_servers


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    if missing := real_servers.missing_postfix():
        sys.exit(missing)
    with (
        tempfile.TemporaryDirectory() as folder,
        real_servers.postfix(discards=True) as server,
    ):
        service = Service(Path(folder), options.readers)
        size = service.octets()

        def ours() -> Measured:
            server.wait_until_empty()
            return service.send(server.port)

        def source() -> Measured:
            server.wait_until_empty()
            return smtp_source(server.port, messages=options.readers, size=size)

        ways = {"digest into Postfix": ours, "smtp-source into Postfix": source}
        one, other = in_turn(options.rounds, ways).values()
    print(f"  {one.rate / other.rate:.2f} of its rate")


if __name__ == "__main__":
    main()
