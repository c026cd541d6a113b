"""How often anybody may ask for a subscription: by visitor, network, mailbox, domain and in all."""

from collections.abc import Callable
from datetime import datetime

from digest.errors import InputError
from digest.subscribers.rules.addresses import normalise_public
from digest.subscribers.rules.public_domains import is_provider, mailbox_of
from digest.web.limits import Buckets, Rates, network_of, site_of_network


class SignUpLimits:
    """Counts what the form and the API are asked, in this process's memory."""

    def __init__(self, rates: Rates, clock: Callable[[], datetime]) -> None:
        self._visitor = Buckets(rates.form_visitor, clock)
        self._network = Buckets(rates.form_network, clock)
        self._mailbox = Buckets(rates.form_mailbox, clock)
        self._domain = Buckets(rates.form_domain, clock)
        self._overall = Buckets(rates.form_overall, clock)

    def visit(self, host: str) -> float:
        """Count a visitor's attempt; return 0, or in how many seconds they may try again."""
        wait = self._visitor.acquire(network_of(host))
        network = site_of_network(host)
        return wait or (self._network.acquire(network) if network else 0.0)

    def may_write(self, address: str) -> bool:
        """Whether a mail may go to an address now; False also for what is none. Counts nothing.

        Nobody may learn of it: others may have asked for the same mailbox.
        """
        mailbox = _mailbox(address)
        return mailbox is not None and not self._mailbox.wait(mailbox)

    def wait(self, address: str) -> float:
        """Return 0, or in how many seconds a mail may go to the address's domain, or to any."""
        domain = _domain(address)
        wait = 0.0 if is_provider(domain) else self._domain.wait(domain)
        return wait or self._overall.wait("all")

    def mail(self, address: str) -> None:
        """Count a mail that will go out."""
        self._domain.acquire(_domain(address))
        self._overall.acquire("all")

    def write(self, address: str) -> bool:
        """Count a mail to a mailbox; False when none may go there any more."""
        return not self._mailbox.acquire(_mailbox(address) or "")


def _mailbox(address: str) -> str | None:
    try:
        return mailbox_of(normalise_public(address))
    except InputError:
        return None


def _domain(address: str) -> str:
    return (_mailbox(address) or "").rpartition("@")[2]
