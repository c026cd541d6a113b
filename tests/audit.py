"""Ask a service for known vulnerabilities of what is locked: `make audit`.

Exit code 1 for any that is found. Where no service answers, it says so and fails nothing: what is
locked did not become worse by that, and a check must work without a network. pip-audit itself
says "no known vulnerabilities" then.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MOST_SECONDS = 120
LOCKS = ("requirements.lock", "requirements-dev.lock")
PIP_AUDIT = (
    *(str(Path(sys.executable).with_name("pip-audit")), "--require-hashes", "--disable-pip"),
    *("--timeout", "10", "--progress-spinner", "off", "--format", "json"),
)


def audit(command: Sequence[str], lock: str) -> tuple[list[str], str]:
    """Return what was found, one line each, and what there is to say of the asking."""
    try:
        done = subprocess.run(
            [*command, "-r", lock],
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [], f"{lock}: not audited, no answer within {MOST_SECONDS} seconds"
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return [], f"{lock}: not audited, {reason[:200]}"
    return judge(found, lock)


def judge(dependencies: Sequence[dict[str, Any]], lock: str) -> tuple[list[str], str]:
    """Read the answer of pip-audit; like `audit`."""
    known = [one for one in dependencies if "skip_reason" not in one]
    found = [
        f"{one['name']} {one['version']}: {each['id']}, mended in {each['fix_versions'] or 'none'}"
        for one in known
        for each in one["vulns"]
    ]
    if not known:
        return [], f"{lock}: not audited, the service knows none of {len(dependencies)} packages"
    return found, f"{lock}: {len(known)} of {len(dependencies)} packages audited"


def main() -> int:
    """Print the result for each lock file."""
    vulnerabilities = []
    for lock in LOCKS:
        found, said = audit(PIP_AUDIT, lock)
        print(said, *found, sep="\n  ")
        vulnerabilities += found
    return 1 if vulnerabilities else 0


if __name__ == "__main__":
    sys.exit(main())
