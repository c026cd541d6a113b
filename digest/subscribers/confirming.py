"""The links of confirmation mails: whom they are for, and subscribing them, many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from digest.errors import DigestError, LinkError, NotFoundError
from digest.ground.languages.language import N_
from digest.ground.tokens.nonces import Binding
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.model import MailKind, Preferences, Subscriber, SubscriberState
from digest.subscribers.opt_in import ENDED_BY, VALID_FOR, WELCOME, schedule_of
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.subscribers.store import events, outbox, subscribers, suppressions
from digest.subscribers.store.events import Event, EventKind
from digest.subscribers.unsubscribe import changed
from digest.topics.former_slugs import all_current

_SPENT = N_("This link has already been used or has expired.")


class Press(NamedTuple):
    """A press of the button that confirms: the link's token, and from which internet address."""

    token: str
    ip: str


class _Asked(NamedTuple):
    subscriber: Subscriber
    event: Event


def find_all(
    session: Session,
    signer: TokenSigner,
    vocabulary: Vocabulary,
    tokens: Sequence[str],
    now: datetime,
) -> list[Subscriber | DigestError]:
    """Return whom confirmation links are for, with the preferences that they will have.

    Changes nothing. Errors like `confirm_all`.
    """
    return [
        one if isinstance(one, DigestError) else _with_wishes(one, vocabulary)
        for one in _asked(session, signer, tokens, now)
    ]


def confirm_all(
    session: Session,
    signer: TokenSigner,
    vocabulary: Vocabulary,
    presses: Sequence[Press],
    now: datetime,
) -> list[Subscriber | DigestError]:
    """Subscribe whoever links (at most ~1,000) are for, and queue their welcomes.

    Each consent is recorded; again is harmless. Return the readers, or what is wrong with a link:
    LinkError for an altered one; NotFoundError for one that is spent, too old, or of a reader who
    was erased or suppressed.
    """
    asked = _asked(session, signer, [press.token for press in presses], now, lock=True)
    new: dict[int, tuple[_Asked, Press]] = {}
    found: list[Subscriber | DigestError] = []
    for one, press in zip(asked, presses, strict=True):
        if isinstance(one, DigestError):
            found.append(one)
        elif one.subscriber.state not in WELCOME:
            found.append(one.subscriber)
        elif new.setdefault(one.subscriber.id, (one, press))[0].event.id != one.event.id:
            found.append(NotFoundError(_SPENT))  # by another link at the same moment
        else:
            wanted = _with_wishes(one, vocabulary)
            found.append(replace(wanted, state=SubscriberState.ACTIVE, paused_until=None))
    _subscribe(session, list(new.values()), vocabulary, now)
    return found


def _subscribe(
    session: Session,
    new: Sequence[tuple[_Asked, Press]],
    vocabulary: Vocabulary,
    now: datetime,
) -> None:
    if not new:
        return
    for asked, _ in new:
        before, after = asked.subscriber, _with_wishes(asked, vocabulary)
        if after.preferences != before.preferences:
            changed(subscribers.set_preferences(session, before.id, after.preferences))
    ids = [asked.subscriber.id for asked, _ in new]
    changed(subscribers.confirm_all(session, ids, now) == len(ids))
    details = [
        (
            asked.subscriber.id,
            {"asked": asked.event.id, "ip": press.ip, "agreed": asked.event.detail["agreed"]},
        )
        for asked, press in new
    ]
    recorded = events.record_each(session, EventKind.CONFIRMED, details, at=now)
    told = list(zip(ids, recorded, strict=True))
    outbox.add_all(session, MailKind.WELCOME, told, now=now)


def _asked(
    session: Session,
    signer: TokenSigner,
    tokens: Sequence[str],
    now: datetime,
    *,
    lock: bool = False,
) -> list[_Asked | DigestError]:
    """Return the readers that links name, each with the request that the link answers."""
    named = {signer.named(token) for token in tokens} - {None}
    bound = subscribers.bound(session, [one for one in named if one is not None], lock=lock)
    happened = events.for_subscribers(session, list(bound))
    barred = suppressions.suppressed(session, [reader.address for reader, _ in bound.values()])

    def binding(subscriber_id: int) -> Binding | None:
        return bound[subscriber_id][1] if subscriber_id in bound else None

    found: list[_Asked | DigestError] = []
    for token in tokens:
        try:
            subscriber_id, event_id = signer.read(TokenPurpose.CONFIRM, token, binding)
            reader = bound[subscriber_id][0]
            known = happened.get(subscriber_id, ())
            event = _answered(reader, known, event_id, now, barred=reader.address in barred)
        except DigestError as exc:
            found.append(exc)
        else:
            found.append(_Asked(reader, event))
    return found


def _answered(
    reader: Subscriber, happened: Sequence[Event], event_id: int, now: datetime, *, barred: bool
) -> Event:
    """Return the request that a link answers. happened: the reader's events, the oldest first."""
    asked = next((one for one in happened if one.id == event_id), None)
    if asked is None or asked.kind is not EventKind.ASKED:
        raise LinkError(N_("This link is not valid."))
    used = next((one for one in reversed(happened) if one.kind is EventKind.CONFIRMED), None)
    by_this = used is not None and used.detail.get("asked") == asked.id
    if by_this and reader.state in (SubscriberState.ACTIVE, SubscriberState.PAUSED):
        return asked  # pressed twice
    spent = any(one.id > asked.id and one.kind in ENDED_BY for one in happened)
    if spent or barred or reader.state not in WELCOME or now - asked.at > VALID_FOR:
        raise NotFoundError(_SPENT)
    return asked


def _with_wishes(asked: _Asked, vocabulary: Vocabulary) -> Subscriber:
    """Return the reader with what they asked for, unless they are subscribed already.

    Whoever comes back and names neither topics nor interests keeps both.
    """
    reader, detail = asked.subscriber, asked.event.detail
    if reader.state not in WELCOME:
        return reader
    return replace(reader, preferences=_updated(reader.preferences, detail, vocabulary))


def _updated(before: Preferences, asked: Mapping[str, Any], vocabulary: Vocabulary) -> Preferences:
    topics = all_current(asked["topics"], vocabulary.topics)
    interests = tuple(asked.get("interests", ()))  # not in events of before they were asked for
    after = before
    if topics or interests:
        after = replace(after, topics=dict.fromkeys(topics, 1.0), interests=interests)
    if schedule := asked.get("schedule"):
        after = replace(after, schedule=schedule_of(schedule))
    return after
