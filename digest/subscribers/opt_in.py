"""Double opt-in: an address is typed, its reader confirms by mail; only then is it subscribed.

Nobody learns from any answer whether an address is known: the form's page is the same for all, and
what depends on the address happens after it was shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from digest.errors import InputError, LinkError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.languages.language import ENGLISH, N_
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.model import (
    Cadence,
    DeliverySchedule,
    MailKind,
    Origin,
    Preferences,
    Subscriber,
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
    suppressions,
)
from digest.subscribers.store.events import Event, EventKind
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

    def find(self, token: str) -> Subscriber:
        """Return who a confirmation link is for, with the preferences that they will have.

        Changes nothing. Errors like `confirm`.
        """
        with self.database.read() as session:
            found, asked = self._asked(session, token)
        if found.state not in WELCOME:
            return found
        return replace(found, preferences=self._updated(found.preferences, asked.detail))

    def confirm(self, token: str, ip: str) -> Subscriber:
        """Subscribe whoever the link is for, and queue a welcome; again is harmless.

        The consent is recorded. LinkError for an altered link; NotFoundError for one that is spent,
        too old, or of a reader who was erased or suppressed.
        """
        now = self.clock()
        with self.database.write() as session:
            found, asked = self._asked(session, token, lock=True)
            if found.state not in WELCOME:
                return found
            preferences = self._updated(found.preferences, asked.detail)
            if preferences != found.preferences:
                changed(subscribers.set_preferences(session, found.id, preferences))
            changed(subscribers.confirm(session, found.id, now))
            detail = {"asked": asked.id, "ip": ip, "agreed": asked.detail["agreed"]}
            event = events.record(session, found.id, EventKind.CONFIRMED, at=now, detail=detail)
            outbox.add(session, MailKind.WELCOME, found.id, event, now=now)
            return existing(subscribers.by_id(session, found.id))

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

    def _updated(self, before: Preferences, asked: Mapping[str, Any]) -> Preferences:
        """Return preferences with what was asked for; asked: the detail of an ASKED event.

        Whoever comes back and names neither topics nor interests keeps both.
        """
        topics = all_current(asked["topics"], self.vocabulary.topics)
        interests = tuple(asked.get("interests", ()))  # not in events of before they were asked for
        after = before
        if topics or interests:
            after = replace(after, topics=dict.fromkeys(topics, 1.0), interests=interests)
        if schedule := asked.get("schedule"):
            after = replace(after, schedule=_schedule(schedule))
        return after

    def _asked(
        self, session: Session, token: str, *, lock: bool = False
    ) -> tuple[Subscriber, Event]:
        subscriber_id, event_id = self.tokens.read(
            TokenPurpose.CONFIRM, token, partial(subscribers.binding, session)
        )
        found = existing(subscribers.by_id(session, subscriber_id, lock=lock))
        asked = events.get(session, event_id)
        if asked is None or asked.subscriber_id != found.id or asked.kind is not EventKind.ASKED:
            raise LinkError(N_("This link is not valid."))
        used = events.newest(session, found.id, EventKind.CONFIRMED)
        by_this = used is not None and used.detail.get("asked") == asked.id
        if by_this and found.state in (SubscriberState.ACTIVE, SubscriberState.PAUSED):
            return found, asked  # pressed twice
        ended = events.newest(session, found.id, *ENDED_BY)
        spent = ended is not None and ended.id > asked.id
        barred = found.state not in WELCOME or suppressions.suppressed(session, [found.address])
        if spent or barred or self.clock() - asked.at > VALID_FOR:
            raise NotFoundError(N_("This link has already been used or has expired."))
        return found, asked


def from_detail(noted: Mapping[str, Any]) -> Asking:
    """Return a request as it was noted."""
    return Asking(
        noted["address"],
        tuple(noted["topics"]),
        noted["ip"],
        noted["agreed"],
        noted["language"],
        tuple(noted["interests"]),
        _schedule(noted["schedule"]) if noted["schedule"] else None,
    )


def _schedule(stored: Mapping[str, Any]) -> DeliverySchedule:
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
