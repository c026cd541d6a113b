"""How often anybody may try to sign in: by visitor, network, account and in all.

An account is counted from each visitor by itself first, so that a stranger who tries its address
all day keeps its owner out only once they have many addresses, too.
"""

from collections.abc import Callable
from datetime import datetime
from math import ceil

from digest.web.limits import Buckets, Rates, network_of, site_of_network


class SignInLimits:
    """Counts attempts, in this process's memory."""

    def __init__(self, rates: Rates, clock: Callable[[], datetime]) -> None:
        self._visitor = Buckets(rates.sign_in, clock)
        self._network = Buckets(rates.sign_in_network, clock)
        self._account = Buckets(rates.sign_in_account, clock)
        self._overall = Buckets(rates.sign_in_overall, clock)

    def visit(self, host: str) -> int:
        """Count an attempt of a visitor; return 0, or in how many seconds they may try again."""
        visitor, network = network_of(host), site_of_network(host)
        wait = self._visitor.acquire(visitor)
        if not wait and network:
            wait = self._network.acquire(network)
        return ceil(wait or self._overall.acquire("all"))

    def attempt(self, host: str, address: str, *, what: str = "password") -> int:
        """Count an attempt for an account likewise. what: passwords and links do not share."""
        wait = self.visit(host)
        if not wait:
            wait = ceil(self._visitor.acquire(f"{what} {address} {network_of(host)}"))
        return wait or ceil(self._account.acquire(f"{what} {address}"))
