"""Proof of work for the form (ALTCHA, version 2), where the operator asks for it.

A browser spends about a second of its processor on each subscription, in our own script; a
program that sends thousands spends thousands of them. Who has no script is not turned away: what
comes without a proof goes through a narrower gate, shared by all such visitors.
"""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

import altcha

from digest.web.limits import Buckets, Rate, network_of

VALID_FOR = timedelta(minutes=30)
UNPROVEN_VISITOR = Rate(burst=2, seconds_each=3600)
UNPROVEN_OVERALL = Rate(burst=20, seconds_each=60)
# A visitor's browser derives 1,000 keys on average, and we derive one (1 ms).
_ALGORITHM, _COST = "PBKDF2/SHA-256", 1000
_FEWEST, _MOST = 500, 1500


class Proofs:
    """Hands out challenges and takes each solution once, in this process's memory."""

    def __init__(self, key: bytes, clock: Callable[[], datetime]) -> None:
        self._secret = hmac.digest(key, b"proof of work", "sha256").hex()
        self._key_secret = hmac.digest(key, b"proof of work, solution", "sha256").hex()
        self._clock = clock
        self._used: OrderedDict[str, int] = OrderedDict()  # nonce: until when it is remembered
        self._lock = Lock()
        self._visitor_limit = Buckets(UNPROVEN_VISITOR, clock)
        self._overall_limit = Buckets(UNPROVEN_OVERALL, clock)

    def challenge(self) -> dict[str, object]:
        """Return a new challenge as JSON values."""
        made = altcha.create_challenge(
            _ALGORITHM,
            _COST,
            counter=_FEWEST + secrets.randbelow(_MOST - _FEWEST),
            data={"until": int((self._clock() + VALID_FOR).timestamp())},
            hmac_secret=self._secret,
            hmac_key_secret=self._key_secret,
        )
        return dict(made.to_dict())

    def accept(self, solution: str) -> bool:
        """Take a solution: True when it is right, ours, not too old, and comes the first time."""
        result = altcha.verify_solution(solution, self._secret, hmac_key_secret=self._key_secret)
        if not result.verified:
            return False
        parameters = altcha.Payload.from_base64(solution).challenge.parameters
        until, now = int((parameters.data or {})["until"]), self._clock().timestamp()
        with self._lock:
            while self._used and next(iter(self._used.values())) < now:
                self._used.popitem(last=False)
            fresh = now <= until and parameters.nonce not in self._used
            self._used[parameters.nonce] = until
        return fresh

    def wait(self, solution: str, host: str) -> float:
        """Return 0 for a solution that counts, else in how many seconds to come back (0: now)."""
        if self.accept(solution):
            return 0.0
        return self._visitor_limit.acquire(network_of(host)) or self._overall_limit.acquire("all")
