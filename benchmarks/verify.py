"""What sealing and verifying costs, and whether a program without our code comes to the same.

    python -m benchmarks.verify [--readers 20000]

The mails of a dry run are written to files, then they are sent; `digest verify` makes each of them
again, and tools/verify_ledger.py compares the ledger with the files.
"""

import argparse
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from benchmarks.measure import discard_sink
from benchmarks.service import DAY, Service
from digest.delivery.composing import Choice
from digest.delivery.rules.dating import quarter_of
from digest.model import Message

TOOL = Path(__file__).resolve().parents[1] / "tools" / "verify_ledger.py"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=20_000)
    readers = parser.parse_args().readers
    with tempfile.TemporaryDirectory() as folder, discard_sink() as sink:
        service = Service(Path(folder), readers)
        mails = Path(folder) / "mails"
        mails.mkdir()
        begun_in = None
        while begun_in != quarter_of(service.app.clock()):  # the mails of another one have its Date
            begun_in = quarter_of(service.app.clock())
            _write(service, mails)
            sent = service.send(sink.port)
        print(f"{readers:,} mails sent, {sent.cpu_ms:.2f} ms of CPU each")
        begun = perf_counter()
        found = service.app.seals.verify(DAY, mails=False)
        print(f"rows compared: {perf_counter() - begun:.1f} s, {len(found.problems)} differ")
        begun = perf_counter()
        found = service.app.seals.verify(DAY, mails=True)
        print(f"and {found.mails:,} mails made again: {perf_counter() - begun:.1f} s")
        print(*found.problems[:3], sep="\n")
        _independently(service.app.database.file, mails)


def _write(service: Service, mails: Path) -> None:
    """Write the mails of a dry run, and print what hashing them costs."""
    seconds = octets = 0.0

    def keep(choice: Choice, message: Message | None) -> None:
        nonlocal seconds, octets
        if message is None:
            return
        begun = perf_counter()
        sha256(message.body).digest()
        seconds += perf_counter() - begun
        octets += len(message.body)
        (mails / f"{choice.due.subscriber_id}.eml").write_bytes(message.body)

    service.app.delivery.rehearse(DAY, show=keep)
    each = seconds / service.readers * 1e6
    print(f"hashing {octets / service.readers:,.0f} octets takes {each:.1f} us")


def _independently(database: Path | None, mails: Path) -> None:
    begun = perf_counter()
    command = [sys.executable, "-I", str(TOOL), str(database), "--mails", str(mails)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    print(f"tools/verify_ledger.py: {perf_counter() - begun:.1f} s: {said.stdout.strip()}")


if __name__ == "__main__":
    main()
