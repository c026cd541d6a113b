"""How often forms and API may be used: token buckets, in this process's memory."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from threading import Lock

_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and then one more every so many seconds."""

    burst: int
    seconds_each: float


@dataclass(frozen=True, slots=True)
class Rates:
    """How often what may be done.

    form_visitor, form_overall: subscribing, by one visitor and by all, through form and API alike.
    form_network: by all visitors of an IPv6 network of 48 bits, which is what one customer gets.
    form_mailbox, form_domain: the same by where the mail goes; providers' domains have no limit.
    api_visitor, api_overall: requests to the API without a key that works. api_key: with one.
    preview_visitor, preview_overall: looks back on what the last 30 days would have brought.
    test_mail: mails of an edition that an account sends itself to look at.
    hook_failure: requests to the hooks of mail services that are refused, by one visitor.
    sign_in: attempts to sign in to the console by one visitor, and by one visitor for one account.
    sign_in_network, sign_in_account, sign_in_overall: the same by an IPv6 network of 48 bits, for
    one account from anywhere, and by all.
    """

    form_visitor: Rate = Rate(burst=6, seconds_each=600)
    form_overall: Rate = Rate(burst=120, seconds_each=2)
    api_visitor: Rate = Rate(burst=120, seconds_each=0.5)
    api_overall: Rate = Rate(burst=2000, seconds_each=0.01)
    api_key: Rate = Rate(burst=600, seconds_each=0.1)
    preview_visitor: Rate = Rate(burst=20, seconds_each=6)
    preview_overall: Rate = Rate(burst=60, seconds_each=0.5)
    form_network: Rate = Rate(burst=24, seconds_each=150)
    form_mailbox: Rate = Rate(burst=2, seconds_each=3600)
    form_domain: Rate = Rate(burst=30, seconds_each=120)
    test_mail: Rate = Rate(burst=1, seconds_each=60)
    hook_failure: Rate = Rate(burst=20, seconds_each=30)
    sign_in: Rate = Rate(burst=10, seconds_each=30)
    sign_in_network: Rate = Rate(burst=30, seconds_each=10)
    sign_in_account: Rate = Rate(burst=60, seconds_each=30)
    sign_in_overall: Rate = Rate(burst=120, seconds_each=2)


class Buckets:
    """One bucket a key, all of one rate; the keys that were used last are remembered."""

    def __init__(self, rate: Rate, clock: Callable[[], datetime]) -> None:
        self._rate = rate
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def acquire(self, key: str) -> float:
        """Take one; return 0, or in how many seconds there is one to take."""
        now = self._clock().timestamp()
        with self._lock:
            level = self._level(key, now)
            allowed = level >= 1
            self._levels[key] = (level - 1 if allowed else level, now)
            self._levels.move_to_end(key)
            if len(self._levels) > _REMEMBERED:
                self._levels.popitem(last=False)
        return 0.0 if allowed else (1 - level) * self._rate.seconds_each

    def wait(self, key: str) -> float:
        """Return 0, or in how many seconds there is one to take; take none."""
        with self._lock:
            level = self._level(key, self._clock().timestamp())
        return max(0.0, 1 - level) * self._rate.seconds_each

    def _level(self, key: str, now: float) -> float:
        burst = float(self._rate.burst)
        level, since = self._levels.get(key, (burst, now))
        return min(burst, level + max(0.0, now - since) / self._rate.seconds_each)


def network_of(host: str) -> str:
    """Return what counts as one visitor: an IPv4 address, the first half of an IPv6 one."""
    try:
        address = ip_address(host)
    except ValueError:  # a socket without an address
        return host
    if address.version == 4:
        return str(address)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or ip_network((address, 64), strict=False).network_address)


def site_of_network(host: str) -> str:
    """Return the IPv6 network of 48 bits that a visitor is in (RFC 6177); "" for all others."""
    visitor = network_of(host)
    if ":" not in visitor:
        return ""
    return str(ip_network((visitor, 48), strict=False).network_address)
