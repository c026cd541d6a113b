"""Who verifies signatures in the tests: dkimpy, and Mail::DKIM, which is not Python's."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import dkim
import pytest

from digest.operations.dkim_keys import record
from digest.render.dkim import DkimKey

SCRIPT = Path(__file__).parent / "verify_dkim.pl"


def records(*keys: DkimKey) -> dict[str, str]:
    """What DNS would say of these keys."""
    return {f"{key.selector}._domainkey.{key.domain}": record(key) for key in keys}


def verified(message: bytes, dns: Mapping[str, str]) -> list[bool]:
    """What dkimpy says of each signature, from the top."""

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        return dns.get(name.decode().rstrip("."), "").encode()

    count = message.partition(b"\r\n\r\n")[0].lower().count(b"dkim-signature:")
    found = []
    for index in range(count):
        try:
            found.append(dkim.DKIM(message).verify(index, dnsfunc=look_up))
        except dkim.DKIMException:
            found.append(False)
    return found


def verified_by_perl(message: bytes, dns: Mapping[str, str], folder: Path) -> list[str]:
    """What Mail::DKIM says of each signature it can read; skips where it is missing."""
    probe = ["perl", "-MMail::DKIM::Verifier", "-e", "1"]
    if not shutil.which("perl") or subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("Mail::DKIM (Debian: libmail-dkim-perl) is not installed")
    file = folder / "records"
    file.write_text("".join(f"{name}\t{text}\n" for name, text in dns.items()))
    command = ["perl", str(SCRIPT), str(file)]
    done = subprocess.run(command, input=message, capture_output=True, check=True)
    return done.stdout.decode().splitlines()
