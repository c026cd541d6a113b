"""What the domains of recipients accept: the operator's rate limits, and backoff that they ask for.

The domains of one provider share limits and backoff, under the provider's name.

Permissions are acquired for a whole round of a batch in one transaction, so a message to a domain
without a limit costs nothing, and one to a limited domain next to nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from digest.delivery import rate_limiter
from digest.delivery.rules.domain_backoff import backoff_time, domain_of, needs_backoff
from digest.delivery.store import domain_backoffs
from digest.delivery.store.domain_backoffs import Backoff
from digest.ground.database.engine import Database
from digest.model import Answer, Reply
from digest.smtp.domain_limits import Provider, in_words, limits_of, name_of
from digest.smtp.smtp_url import Limits

_MOST_SPREAD_SECONDS = 3600.0  # over which throttled messages are tried again
_LONGEST_DOMAIN = 248  # of what fits the tables; DNS allows 253


class Throttled(NamedTuple):
    """Why a message may not be sent yet, in words, and in how many seconds it may be."""

    seconds: float
    reason: str


class RecipientDomains:
    """Counts one worker's messages by domain, with all other workers through the database.

    providers: by domain, "*" being all others. new_backoffs: of this batch, by domain.
    """

    def __init__(
        self, database: Database, providers: Mapping[str, Provider], clock: Callable[[], datetime]
    ) -> None:
        self.new_backoffs: dict[str, Backoff] = {}
        self._database = database
        self._providers = providers
        self._clock = clock
        self._backoffs: dict[str, Backoff] = {}  # as the database had them before this batch
        self._refusals: Counter[str] = Counter()  # in a row
        self._recovered: set[str] = set()

    def load(self) -> None:
        """Load which domains are in backoff; called before each batch."""
        with self._database.read() as session:
            self._backoffs = domain_backoffs.list_all(session)

    def save(self) -> None:
        """Save which domains are in backoff from now on, and which no longer need it."""
        if not self.new_backoffs and not self._recovered:
            return
        now = self._clock()
        with self._database.write() as session:
            for domain in sorted(self.new_backoffs.keys() | self._recovered):
                if domain not in self.new_backoffs:
                    domain_backoffs.delete(session, domain)
                    continue
                existing = domain_backoffs.locked(session, domain, now)
                if existing.until <= now:  # else another worker has just done so
                    reply = self.new_backoffs[domain].reply
                    domain_backoffs.save(session, domain, self._next_backoff(existing, reply))
        self.new_backoffs.clear()
        self._recovered.clear()

    def throttle(self, addresses: Sequence[str]) -> list[Throttled | None]:
        """Return for each recipient why they are not mailed yet; None: they may be mailed now."""
        found: list[Throttled | None] = [None] * len(addresses)
        if not self._providers and not self._backoffs and not self.new_backoffs:
            return found
        places: dict[str, list[int]] = defaultdict(list)
        for place, address in enumerate(addresses):
            places[self._name(address)].append(place)
        limited = {}
        for domain in sorted(places):
            if (backoff := self._backoff(domain)) is not None:
                for place in places[domain]:
                    found[place] = backoff
            elif (limits := limits_of(domain, self._providers)) is not None:
                limited[domain] = limits
        if limited:
            with self._database.write() as session:
                for domain, limits in limited.items():
                    self._acquire(session, domain, limits, places[domain], found)
        return found

    def backoff(self, address: str) -> Throttled | None:
        """Return why nothing is sent to an address's domain at the moment; None when it may be."""
        return self._backoff(self._name(address))

    def note(self, recipient: str, answer: Answer) -> None:
        """Note what became of a message."""
        match answer:
            case Reply(code=code) if code < 300:
                if self._refusals or self._backoffs:
                    self._note_accepted(self._name(recipient))
            case Reply(code=code, command=command) if code < 500 and command != "MAIL":
                self._note_deferred(self._name(recipient), answer)

    def _name(self, address: str) -> str:
        return name_of(domain_of(address), self._providers)

    def _backoff(self, domain: str) -> Throttled | None:
        found = self.new_backoffs.get(domain) or self._backoffs.get(domain)
        if found is None:
            return None
        seconds = (found.until - self._clock()).total_seconds()
        if seconds <= 0:
            return None
        return Throttled(seconds, f"held back: {domain} puts off mail after mail: {found.reply}")

    def _note_accepted(self, domain: str) -> None:
        self._refusals.pop(domain, None)
        if self._backoffs.pop(domain, None) is not None:
            self._recovered.add(domain)

    def _note_deferred(self, domain: str, reply: Reply) -> None:
        if domain in self.new_backoffs:
            return
        self._refusals[domain] += 1
        existing = self._backoffs.get(domain)
        if needs_backoff(self._refusals[domain], again=existing is not None):
            del self._refusals[domain]
            self._recovered.discard(domain)
            self.new_backoffs[domain] = self._next_backoff(existing, str(reply))

    def _next_backoff(self, existing: Backoff | None, reply: str) -> Backoff:
        times = existing.times + 1 if existing else 1
        return Backoff(times, self._clock() + backoff_time(times), reply)

    def _acquire(
        self,
        session: Session,
        domain: str,
        limits: Limits,
        places: Sequence[int],
        found: list[Throttled | None],
    ) -> None:
        """Acquire permissions for the messages at these places; throttle those that get none."""
        name = f"domain {domain[:_LONGEST_DOMAIN]}"
        granted, wait = rate_limiter.acquire(session, name, limits, len(places), self._clock())
        reason = f"held back: {domain} takes {in_words(limits)}"
        apart = rate_limiter.seconds_apart(limits)
        for behind, place in enumerate(places[granted:]):
            seconds = (wait or apart) + min(behind * apart, _MOST_SPREAD_SECONDS)
            found[place] = Throttled(seconds, reason)
