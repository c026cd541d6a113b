"""Signed mails: `digest send` with RSA-2048 and two processes, beside the bare private operation.

    python -m benchmarks.signed [--readers 10000] [--rounds 3]

Into Postfix's smtp-sink; smtp-source, which signs nothing, in turn into the same. The signatures
are made when the mails are sent, or before it by `digest dkim ahead`, whose own cost is printed.
"""

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import func, select

from benchmarks.measure import Measured, beside, cpu_seconds, in_turn, smtp_sink, smtp_source
from benchmarks.service import DAY, Service
from digest.delivery.rules.dating import QUARTER, quarter_of
from digest.ground.database.tables.signatures import SignatureBlockRow
from digest.operations.dkim_keys import make_key

_OPERATIONS = 1000
_AIM = 0.5  # of smtp-source's rate


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, smtp_sink() as sink:
        readers = options.readers
        service = Service(Path(folder), readers)
        size = service.octets()
        file = Path(folder) / "key.pem"
        key = make_key(file, "rsa")
        assert isinstance(key, RSAPrivateKey)
        signing: dict[str, Any] = {
            "DIGEST_DKIM_KEY_FILE": str(file),
            "DIGEST_DKIM_SELECTOR": "bench",
            "DIGEST_DKIM_DOMAIN": "papers-benchmark.net",
        }
        service.app.editions.open(DAY)
        at = quarter_of(datetime.now(UTC)) + QUARTER
        ahead = service.sign_ahead(at, **signing)
        with service.app.database.read() as session:
            kept = session.scalar(select(func.sum(func.length(SignatureBlockRow.content)))) or 0

        def send(**how: Any) -> Measured:
            return beside(sink, readers, lambda: service.send(sink.port, workers=2, **how))

        found = in_turn(
            options.rounds,
            {
                "digest, unsigned, two processes": send,
                "digest, RSA-2048, two processes": lambda: send(**signing),
                "digest, RSA-2048 made ahead": lambda: send(at=at, **signing),
                "smtp-source, unsigned": lambda: beside(
                    sink, readers, lambda: smtp_source(sink.port, messages=readers, size=size)
                ),
                "the bare operation": lambda: _bare(key),
            },
        )
    _, ours, made_ahead, source, bare = found.values()
    for what, one in (("signed when sent", ours), ("signed ahead", made_ahead)):
        rate, cpu = one.rate / source.rate, one.cpu_ms / bare.cpu_ms
        print(f"  {what}: {rate:.2f} of smtp-source's rate (aim: {_AIM}),")
        print(f"    {cpu:.2f} times the operation's CPU, start-up included")
    cost = ahead.cpu / readers * 1000
    print(f"  signing ahead: {cost:.3f} ms CPU a mail, start-up included; it keeps", end=" ")
    print(f"{kept / readers:.0f} octets a mail")


def _bare(key: RSAPrivateKey) -> Measured:
    padding, kind = PKCS1v15(), Prehashed(SHA256())
    before = cpu_seconds()
    for _ in range(_OPERATIONS):
        key.sign(b"d" * 32, padding, kind)
    spent = cpu_seconds() - before
    return Measured(_OPERATIONS / spent, spent / _OPERATIONS * 1000)


if __name__ == "__main__":
    main()
