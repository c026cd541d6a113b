"""CPU time of signing: composed and signed mails beside the bare private operation and dkimpy.

    python -m benchmarks.dkim [--messages 1000] [--rounds 5]

The same mails of 10 to 15 papers, ways in turn, the median round counts; CPU time of all threads.
"as a send does it" composes and signs for readers and papers of `benchmarks.service`: with two
threads that sign beside the one that composes, and with signatures that were made ahead.
dkimpy signs ready bytes, so composing is not in its figure.
"""

import argparse
import secrets
import statistics
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.renderer import make_jobs
from benchmarks.service import DAY as EDITION
from benchmarks.service import Service
from digest.delivery.batch_run import BatchRun
from digest.delivery.store.batches import Batch
from digest.delivery.store.journal import Journal
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.return_paths import ReturnPaths
from digest.operations.dkim_keys import make_key
from digest.render.dkim import DkimKey, Made, sign
from tests.render.editions import make_edition, make_renderer

AT = datetime(2024, 11, 21, 6, tzinfo=UTC)
DAY = date(2026, 11, 21)
_NONCE = bytes(16)
KEY = b"a key for the benchmark only"
_DKIMPY = 20  # messages; it is slow
_BATCH = "as a send does it, RSA"
_AHEAD = "as a send does it, made ahead"
_AIM = 1.8  # times the bare operation, composed and signed


def main() -> None:
    """Measure all ways in turn and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    edition = replace(make_edition(size=100), sends_at=AT)
    jobs = make_jobs(edition, options.messages)
    rsa_key, ed25519_key = generate_private_key(65537, 2048), Ed25519PrivateKey.generate()
    rsa = DkimKey("papers.example.org", "r", rsa_key)
    ed25519 = DkimKey("papers.example.org", "e", ed25519_key)
    plain = make_renderer(edition)
    renderers = [
        make_renderer(edition, dkim_keys=keys) for keys in ([rsa], [ed25519], [rsa, ed25519])
    ]
    ready = [plain.message(*job) for job in jobs]
    print(f"{statistics.mean(len(one.body) for one in ready):,.0f} octets a message, unsigned")
    paths, links, digest = ReturnPaths(KEY, "b@example.org"), LinkSigner([KEY]), b"d" * 32
    pem = rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    padding, kind = PKCS1v15(), Prehashed(SHA256())
    ways: dict[str, tuple[Callable[[int], Any], int]] = {
        "bare RSA-2048 operation": (lambda _: rsa_key.sign(digest, padding, kind), len(jobs)),
        "bare Ed25519 operation": (lambda _: ed25519_key.sign(digest), len(jobs)),
        "composed, not signed": (lambda at: plain.message(*jobs[at]), len(jobs)),
        "composed and signed, RSA": (lambda at: renderers[0].message(*jobs[at]), len(jobs)),
        "composed and signed, Ed25519": (lambda at: renderers[1].message(*jobs[at]), len(jobs)),
        "composed and signed, both": (lambda at: renderers[2].message(*jobs[at]), len(jobs)),
        "any ready bytes signed, RSA": (lambda at: sign(ready[at], [rsa], AT), len(jobs)),
        "dkimpy over ready bytes, RSA": (lambda at: _dkimpy(ready[at].body, pem), _DKIMPY),
        "a return path": (lambda at: paths.address(at, _NONCE, DAY), len(jobs)),
        "a link's token": (lambda at: links.token(Purpose.VIEW, at, _NONCE, DAY), len(jobs)),
    }
    taken: dict[str, list[float]] = {name: [] for name in [*ways, _BATCH, _AHEAD]}
    with TemporaryDirectory() as folder:
        batch = _batch(Path(folder), len(jobs))
        made: dict[bytes, bytes] = {}
        batch(made)  # signs them all, and keeps the signatures
        for _ in range(options.rounds):
            for name, (work, count) in ways.items():
                started = time.process_time()
                for at in range(count):
                    work(at)
                taken[name].append((time.process_time() - started) * 1000 / count)
            for name, known in ((_BATCH, {}), (_AHEAD, made)):
                started = time.process_time()
                batch(known)
                taken[name].append((time.process_time() - started) * 1000 / len(jobs))
    bare = statistics.median(taken["bare RSA-2048 operation"])
    for name in taken:
        median = statistics.median(taken[name])
        aim = f" (aim: {_AIM})" if name in (_BATCH, _AHEAD) else ""
        print(f"{name:32} {median:8.4f} ms CPU  {median / bare:6.2f} x the RSA operation{aim}")


def _dkimpy(body: bytes, pem: bytes) -> bytes:
    return bytes(
        dkim.sign(body, b"r", b"papers.example.org", pem, canonicalize=(b"relaxed", b"relaxed"))
    )


def _batch(folder: Path, readers: int) -> Callable[[Made], object]:
    """Return what composes and signs the mails of so many readers, as a batch of a send does.

    It takes the signatures that are there already, and adds those that it makes.
    """
    file = folder / "key.pem"
    make_key(file, "rsa")
    service = Service(
        folder,
        readers,
        dkim_key_file=str(file),
        dkim_selector="r",
        dkim_domain="papers.example.org",
    )
    app = service.app
    composer = app.composing.composer(app.editions.foresee(EDITION))
    choices = composer.choose(service.dues(readers), {})

    def work(made: Made) -> object:
        batch = Batch(0, 1, 1, readers, secrets.token_hex(8))
        with closing(Journal(folder / "journals", batch.lease)) as journal:
            context = replace(service.context(composer, journal, batch, {}), made=made)
            run = BatchRun(context, choices)
            return deque(run.messages(), maxlen=0)

    return work


if __name__ == "__main__":
    main()
