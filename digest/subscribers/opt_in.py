"""Double opt-in: an address is typed, its reader confirms by mail; only then is it subscribed.

Nobody learns from any answer whether an address is known: the form's page is the same for all, and
what depends on the address happens after it was shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from digest.errors import InputError
from digest.ground.database.engine import Database
from digest.ground.languages.language import ENGLISH
from digest.ground.tokens.signed_numbers import TokenSigner
from digest.model import (
    Cadence,
    DeliverySchedule,
    MailKind,
    Origin,
    Preferences,
    SubscriberState,
)
from digest.subscribers import suppression
from digest.subscribers.rules.addresses import normalise_public
from digest.subscribers.rules.asking import ask, hashes_of
from digest.subscribers.rules.consent import CONSENT
from digest.subscribers.rules.preference_fields import MOST_TOPICS
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.subscribers.store import (
    asked_addresses,
    askings,
    erasure,
    events,
    outbox,
    subscribers,
)
from digest.subscribers.store.events import EventKind
from digest.subscribers.unsubscribe import changed, existing
from digest.topics.former_slugs import all_current

VALID_HOURS = 72  # of the link that confirms
VALID_FOR = timedelta(hours=VALID_HOURS)
FORGOTTEN_AFTER = timedelta(days=7)
# What makes a link that confirms spent.
ENDED_BY = (EventKind.CONFIRMED, EventKind.UNSUBSCRIBED, EventKind.REFUSED)
WELCOME = (SubscriberState.PENDING, SubscriberState.UNSUBSCRIBED)


@dataclass(frozen=True, slots=True)
class Asking:
    """What somebody typed into the form, and from where. topics: slugs, unknown ones are left out.

    agreed: the version of the consent that was shown. language: what the page was written in.
    schedule: None when they were not asked for it: a new subscriber gets the service's, one who
    comes back keeps theirs.
    """

    address: str
    topics: tuple[str, ...]
    ip: str
    agreed: str = CONSENT.version
    language: str = ENGLISH.tag
    interests: tuple[str, ...] = ()
    schedule: DeliverySchedule | None = None


@dataclass(frozen=True, slots=True)
class OptIn:
    """Takes new subscribers in. keys: the newest first; they hash what is kept of addresses.

    retry_after: how long after its last bounce a suppressed address may ask again; None: never.
    """

    database: Database
    tokens: TokenSigner
    keys: Sequence[bytes]
    vocabulary: Vocabulary
    clock: Callable[[], datetime]
    retry_after: timedelta | None = None

    def note(self, asking: Asking) -> None:
        """Note a request, whatever its address is; `admit` looks at it. Costs the same for all."""
        with self.database.write() as session:
            askings.add(session, asdict(asking))

    def admit(self) -> None:
        """Look at every request that was noted, each in a transaction of its own."""
        with self.database.read() as session:
            if askings.is_empty(session):
                return
        is_more = True
        while is_more:
            with self.database.write() as session:
                noted = askings.take(session)
                if is_more := noted is not None:
                    self._ask(session, from_detail(noted))

    def ask(self, asking: Asking) -> bool:
        """Queue the mail that the address may get now, if any; return whether one was queued.

        A new address, and one that left, is asked to confirm; one that is subscribed is told so,
        with the link of its preferences. None goes out when it is no address, is suppressed
        (bounces of long ago aside), or was asked for too often (see rules/asking): then nothing of
        it is kept but a hash.
        """
        with self.database.write() as session:
            return self._ask(session, asking)

    def _ask(self, session: Session, asking: Asking) -> bool:
        """Record the request and queue its mail; False when none may go out."""
        try:
            address = normalise_public(asking.address)
        except InputError:
            return False
        now = self.clock()
        if not suppression.admits(session, address, now, self.retry_after):
            return False
        if not self._may_write(session, address):
            return False
        topics = all_current(asking.topics, self.vocabulary.topics)
        preferences = Preferences(
            topics=dict.fromkeys(topics[:MOST_TOPICS], 1.0),
            interests=asking.interests,
            schedule=asking.schedule or DeliverySchedule(timezone=self.vocabulary.default_timezone),
            language=asking.language,
        )
        pending = SubscriberState.PENDING
        new = [(address, "", preferences)]
        subscribers.add_all(session, new, state=pending, now=now, origin=Origin.FORM)
        known = existing(subscribers.get(session, address))
        found = existing(subscribers.by_id(session, known.id, lock=True))
        if found.state is SubscriberState.SUPPRESSED:
            return False
        detail: dict[str, Any] = {"ip": asking.ip}
        if found.state not in WELCOME:
            event = events.record(session, found.id, EventKind.REMINDED, at=now, detail=detail)
            outbox.add(session, MailKind.ALREADY, found.id, event, now=now)
            return True
        detail |= {"topics": list(preferences.topics), "agreed": asking.agreed}
        detail |= {"interests": list(asking.interests)}
        detail |= {"schedule": asdict(asking.schedule)} if asking.schedule else {}
        event = events.record(session, found.id, EventKind.ASKED, at=now, detail=detail)
        spoken = {"language": asking.language}
        outbox.add(session, MailKind.CONFIRM, found.id, event, now=now, detail=spoken)
        return True

    def _may_write(self, session: Session, address: str) -> bool:
        """Count a request for an address; return whether it may bring a mail."""
        now, hashes = self.clock(), hashes_of(address, self.keys)
        allowed, asked = ask(asked_addresses.locked(session, hashes, now), now)
        asked_addresses.save(session, hashes, asked)
        return allowed


def from_detail(noted: Mapping[str, Any]) -> Asking:
    """Return a request as it was noted."""
    return Asking(
        noted["address"],
        tuple(noted["topics"]),
        noted["ip"],
        noted["agreed"],
        noted["language"],
        tuple(noted["interests"]),
        schedule_of(noted["schedule"]) if noted["schedule"] else None,
    )


def schedule_of(stored: Mapping[str, Any]) -> DeliverySchedule:
    """Return a schedule as it was recorded."""
    return DeliverySchedule(**{**stored, "cadence": Cadence(stored["cadence"])})


def forget_unconfirmed(database: Database, now: datetime) -> int:
    """Erase who asked and did not confirm for a week; return how many.

    Whoever is asked for again and again is erased a week after their first link has expired, once
    the newest one has.
    """
    count = 0
    with database.write() as session:
        for subscriber_id in subscribers.unconfirmed(session, now - FORGOTTEN_AFTER):
            asked = events.newest(session, subscriber_id, EventKind.ASKED)
            found = subscribers.by_id(session, subscriber_id)
            if asked is None or found is None:
                continue
            is_old = now - found.created_at > VALID_FOR + FORGOTTEN_AFTER
            if now - asked.at > (VALID_FOR if is_old else FORGOTTEN_AFTER):
                changed(erasure.erase(session, subscriber_id, now))
                count += 1
    return count
