"""Double opt-in: an address is typed, its reader confirms by mail; only then is it subscribed.

Nobody learns from any answer whether an address is known: the form's page is the same for all, and
what depends on the address happens after it was shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from sqlalchemy.orm import Session

from digest.errors import InputError, LinkError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.languages.language import ENGLISH, N_
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.model import Cadence, DeliverySchedule, Preferences, Subscriber, SubscriberState
from digest.render.transactional import Recipient
from digest.subscribers import suppression
from digest.subscribers.rules.addresses import normalise_public
from digest.subscribers.rules.consent import CONSENT
from digest.subscribers.rules.preference_fields import MOST_TOPICS
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.subscribers.store import events, subscribers, suppressions
from digest.subscribers.store.events import Event, EventKind
from digest.subscribers.unsubscribe import changed, existing
from digest.topics.former_slugs import all_current

PAUSE_BETWEEN = timedelta(hours=1)
VALID_HOURS = 72  # of the link that confirms
VALID_FOR = timedelta(hours=VALID_HOURS)
FORGOTTEN_AFTER = timedelta(days=7)
_WELCOME = (SubscriberState.PENDING, SubscriberState.UNSUBSCRIBED)
_WROTE = (EventKind.ASKED, EventKind.REMINDED)


class ConfirmationMails(Protocol):
    """Writes to whoever asks for a subscription; both return whether the mail server took it."""

    def confirm(self, recipient: Recipient, event_id: int) -> bool:
        """Ask for the confirmation of what the event records."""

    def already(self, subscriber: Subscriber, event_id: int) -> bool:
        """Say that the address is subscribed already."""


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
    """Takes new subscribers in.

    retry_after: how long after its last bounce a suppressed address may ask again; None: never.
    """

    database: Database
    mails: ConfirmationMails
    tokens: TokenSigner
    vocabulary: Vocabulary
    clock: Callable[[], datetime]
    retry_after: timedelta | None = None

    def ask(self, asking: Asking) -> bool:
        """Send the mail that the address may get now, if any; return whether it went out.

        A new address, and one that left, is asked to confirm; one that is subscribed is told so,
        with the link of its preferences. None goes out when it is no address, had one of these
        mails within the hour, or is suppressed, bounces of long ago aside.
        """
        try:
            address = normalise_public(asking.address)
        except InputError:
            return False
        with self.database.write() as session:
            admitted = self._admit(session, address, asking)
        if admitted is None:
            return False
        found, event = admitted
        if event.kind is EventKind.ASKED:
            recipient = Recipient(address, found.id, asking.language, found.nonce)
            sent = self.mails.confirm(recipient, event.id)
        else:
            sent = self.mails.already(found, event.id)
        if not sent:  # so that asking again is not held up for an hour
            with self.database.write() as session:
                events.record(session, event.subscriber_id, EventKind.UNSENT, at=self.clock())
        return sent

    def is_new(self, token: str) -> bool:
        """Whether nobody was subscribed by this link yet. Errors like `confirm`."""
        return self.find(token).state in _WELCOME

    def find(self, token: str) -> Subscriber:
        """Return who a confirmation link is for, with the preferences that they will have.

        Changes nothing. Errors like `confirm`.
        """
        with self.database.read() as session:
            found, asked = self._asked(session, token)
        if found.state not in _WELCOME:
            return found
        return replace(found, preferences=self._updated(found.preferences, asked.detail))

    def confirm(self, token: str, ip: str) -> Subscriber:
        """Subscribe whoever the link is for, and record the consent; again is harmless.

        LinkError for an altered link; NotFoundError for one that is spent, too old, or of a reader
        who was erased or suppressed.
        """
        now = self.clock()
        with self.database.write() as session:
            found, asked = self._asked(session, token, lock=True)
            if found.state not in _WELCOME:
                return found
            preferences = self._updated(found.preferences, asked.detail)
            if preferences != found.preferences:
                changed(subscribers.set_preferences(session, found.id, preferences))
            changed(subscribers.confirm(session, found.id, now))
            detail = {"asked": asked.id, "ip": ip, "agreed": asked.detail["agreed"]}
            events.record(session, found.id, EventKind.CONFIRMED, at=now, detail=detail)
            return existing(subscribers.by_id(session, found.id))

    def _admit(
        self, session: Session, address: str, asking: Asking
    ) -> tuple[Subscriber, Event] | None:
        """Record the request and return whose it is; None when no mail may go out."""
        now = self.clock()
        if not suppression.admits(session, address, now, self.retry_after):
            return None
        topics = all_current(asking.topics, self.vocabulary.topics)
        preferences = Preferences(
            topics=dict.fromkeys(topics[:MOST_TOPICS], 1.0),
            interests=asking.interests,
            schedule=asking.schedule or DeliverySchedule(timezone=self.vocabulary.default_timezone),
            language=asking.language,
        )
        pending = SubscriberState.PENDING
        subscribers.add_all(session, [(address, "", preferences)], state=pending, now=now)
        known = existing(subscribers.get(session, address))
        found = existing(subscribers.by_id(session, known.id, lock=True))
        last = events.newest(session, found.id, *_WROTE, EventKind.UNSENT)
        recent = last and last.kind in _WROTE and now - last.at < PAUSE_BETWEEN
        if found.state is SubscriberState.SUPPRESSED or recent:
            return None
        kind = EventKind.ASKED if found.state in _WELCOME else EventKind.REMINDED
        detail: dict[str, Any] = {"ip": asking.ip}
        if kind is EventKind.ASKED:
            detail |= {"topics": list(preferences.topics), "agreed": asking.agreed}
            detail |= {"interests": list(asking.interests)}
            detail |= {"schedule": asdict(asking.schedule)} if asking.schedule else {}
        id_ = events.record(session, found.id, kind, at=now, detail=detail)
        return found, Event(id_, found.id, kind, now, detail)

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
            cadence = Cadence(schedule["cadence"])
            after = replace(after, schedule=DeliverySchedule(**{**schedule, "cadence": cadence}))
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
        ended = events.newest(session, found.id, EventKind.CONFIRMED, EventKind.UNSUBSCRIBED)
        spent = ended is not None and ended.id > asked.id
        barred = found.state not in _WELCOME or suppressions.suppressed(session, [found.address])
        if spent or barred or self.clock() - asked.at > VALID_FOR:
            raise NotFoundError(N_("This link has already been used or has expired."))
        return found, asked


def forget_unconfirmed(database: Database, now: datetime) -> int:
    """Erase who asked and did not confirm for a week; return how many."""
    count = 0
    with database.write() as session:
        for subscriber_id in subscribers.unconfirmed(session, now - FORGOTTEN_AFTER):
            asked = events.newest(session, subscriber_id, EventKind.ASKED)
            if asked is not None and now - asked.at > FORGOTTEN_AFTER:
                changed(subscribers.remove(session, subscriber_id))
                events.forget(session, subscriber_id)
                events.record(session, subscriber_id, EventKind.ERASED, at=now)
                count += 1
    return count
