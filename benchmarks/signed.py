"""Signed mails: `digest send` with RSA-2048 and two processes, beside the bare private operation.

    python -m benchmarks.signed [--readers 10000] [--rounds 3]

Into Postfix's smtp-sink; smtp-source, which signs nothing, in turn into the same.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from benchmarks.measure import Measured, beside, cpu_seconds, in_turn, smtp_sink, smtp_source
from benchmarks.service import Service
from digest.operations.dkim_keys import make_key

_OPERATIONS = 1000


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
            "DIGEST_DKIM_DOMAIN": "papers.example.org",
        }
        found = in_turn(
            options.rounds,
            {
                "digest, RSA-2048, two processes": lambda: beside(
                    sink, readers, lambda: service.send(sink.port, workers=2, **signing)
                ),
                "smtp-source, unsigned": lambda: beside(
                    sink, readers, lambda: smtp_source(sink.port, messages=readers, size=size)
                ),
                "the bare operation": lambda: _bare(key),
            },
        )
    ours, source, bare = found.values()
    print(f"  {ours.cpu_ms / bare.cpu_ms:.2f} times the operation's CPU, start-up included")
    print(f"  {ours.rate / source.rate:.2f} of smtp-source's rate")


def _bare(key: RSAPrivateKey) -> Measured:
    padding, kind = PKCS1v15(), Prehashed(SHA256())
    before = cpu_seconds()
    for _ in range(_OPERATIONS):
        key.sign(b"d" * 32, padding, kind)
    spent = cpu_seconds() - before
    return Measured(_OPERATIONS / spent, spent / _OPERATIONS * 1000)


if __name__ == "__main__":
    main()
