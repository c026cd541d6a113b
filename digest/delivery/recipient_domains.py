"""What the domains of recipients take: limits that the operator sets, rests that they ask for.

Domains of one provider are counted, and rest, under its name.

Permissions are taken for a whole round of a batch in one transaction, so a message of a domain
without a limit costs nothing, and one with a limit next to nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from digest.delivery import rate_limiter
from digest.delivery.rules.domain_backoff import domain_of, is_tired, rest
from digest.delivery.store import domain_backoffs
from digest.delivery.store.domain_backoffs import Backoff
from digest.ground.database.engine import Database
from digest.model import Answer, Reply
from digest.smtp.domain_limits import Provider, in_words, limits_of, name_of
from digest.smtp.smtp_url import Limits

_MOST_SPREAD_SECONDS = 3600.0  # over which those that are held back are tried again
_LONGEST_DOMAIN = 248  # of what fits the tables; DNS allows 253


class Throttled(NamedTuple):
    """That a message is held back: for how long from now, and why in words."""

    seconds: float
    reason: str


class RecipientDomains:
    """Counts one worker's messages by domain, with all other workers through the database.

    providers: by domain, "*" being all others.
    """

    def __init__(
        self, database: Database, providers: Mapping[str, Provider], clock: Callable[[], datetime]
    ) -> None:
        self.tired: dict[str, Backoff] = {}  # those that turned out so in this batch
        self._database = database
        self._providers = providers
        self._clock = clock
        self._rests: dict[str, Backoff] = {}
        self._refusals: Counter[str] = Counter()  # in a row
        self._eased: set[str] = set()

    def look(self) -> None:
        """Look which domains rest; called before each batch."""
        with self._database.read() as session:
            self._rests = domain_backoffs.every(session)

    def keep(self) -> None:
        """Write down which domains rest from now on, and which need not any more."""
        if not self.tired and not self._eased:
            return
        now = self._clock()
        with self._database.write() as session:
            for domain in sorted(self.tired.keys() | self._eased):
                if domain not in self.tired:
                    domain_backoffs.end(session, domain)
                    continue
                known = domain_backoffs.locked(session, domain, now)
                if known.until <= now:  # else another worker has just said so
                    domain_backoffs.keep(
                        session, domain, self._next_rest(known, self.tired[domain].reply)
                    )
        self.tired.clear()
        self._eased.clear()

    def share(self, addresses: Sequence[str]) -> list[Throttled | None]:
        """Say of each recipient why it is held back; None: it may be sent to now."""
        held: list[Throttled | None] = [None] * len(addresses)
        if not self._providers and not self._rests and not self.tired:
            return held
        places: dict[str, list[int]] = defaultdict(list)
        for place, address in enumerate(addresses):
            places[self._name(address)].append(place)
        limited = {}
        for domain in sorted(places):
            if (resting := self._resting(domain)) is not None:
                for place in places[domain]:
                    held[place] = resting
            elif (limits := limits_of(domain, self._providers)) is not None:
                limited[domain] = limits
        if limited:
            with self._database.write() as session:
                for domain, limits in limited.items():
                    self._take(session, domain, limits, places[domain], held)
        return held

    def resting(self, address: str) -> Throttled | None:
        """Return why nothing goes to an address's domain at the moment; None when it may."""
        return self._resting(self._name(address))

    def _resting(self, domain: str) -> Throttled | None:
        found = self.tired.get(domain) or self._rests.get(domain)
        if found is None:
            return None
        seconds = (found.until - self._clock()).total_seconds()
        if seconds <= 0:
            return None
        return Throttled(seconds, f"held back: {domain} puts off mail after mail: {found.reply}")

    def note(self, recipient: str, answer: Answer) -> None:
        """Take in what became of a message."""
        match answer:
            case Reply(code=code) if code < 300:
                if self._refusals or self._rests:
                    self._accepted(self._name(recipient))
            case Reply(code=code, command=command) if code < 500 and command != "MAIL":
                self._put_off(self._name(recipient), answer)

    def _name(self, address: str) -> str:
        return name_of(domain_of(address), self._providers)

    def _accepted(self, domain: str) -> None:
        self._refusals.pop(domain, None)
        if self._rests.pop(domain, None) is not None:
            self._eased.add(domain)

    def _put_off(self, domain: str, reply: Reply) -> None:
        if domain in self.tired:
            return
        self._refusals[domain] += 1
        known = self._rests.get(domain)
        if is_tired(self._refusals[domain], rested=known is not None):
            del self._refusals[domain]
            self._eased.discard(domain)
            self.tired[domain] = self._next_rest(known, str(reply))

    def _next_rest(self, known: Backoff | None, reply: str) -> Backoff:
        times = known.times + 1 if known else 1
        return Backoff(times, self._clock() + rest(times), reply)

    def _take(
        self,
        session: Session,
        domain: str,
        limits: Limits,
        places: Sequence[int],
        held: list[Throttled | None],
    ) -> None:
        name = f"domain {domain[:_LONGEST_DOMAIN]}"
        given, wait = rate_limiter.take(session, name, limits, len(places), self._clock())
        reason = f"held back: {domain} takes {in_words(limits)}"
        each = rate_limiter.seconds_each(limits)
        for turn, place in enumerate(places[given:]):
            held[place] = Throttled((wait or each) + min(turn * each, _MOST_SPREAD_SECONDS), reason)
