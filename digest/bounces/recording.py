"""Record feedback, and suppress whom it tells to.

The same feedback told twice counts once, by its reference. What nobody vouches for is stored for
the operator and changes no reader. Whoever is not subscribed (pending, unsubscribed) keeps their
state: the suppression of the address is enough, and who never confirmed is forgotten as ever.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from digest.bounces.rules.scoring import BounceRules, Told, reason, suppresses
from digest.bounces.store import feedback as store
from digest.bounces.store.feedback import Addressee
from digest.ground.database.engine import Database
from digest.ground.database.statements import chunks
from digest.ground.masking import mask_text
from digest.ground.text.plain_text import clean
from digest.model import Feedback, FeedbackKind, SubscriberState
from digest.subscribers.store import moving, suppressions
from digest.subscribers.store.events import EventKind
from digest.subscribers.store.suppressions import Suppression

LONGEST_REFERENCE, LONGEST_WORDS, LONGEST_STATUS = 255, 500, 16  # characters
# Where a token of ours vouches for the reader alone: whatever else the mail says may be forged.
_OF_RETURNED_MAIL = ("dsn", "arf", "text")
_SUBSCRIBED = (SubscriberState.ACTIVE, SubscriberState.PAUSED)


@dataclass(frozen=True, slots=True)
class Recorded:
    """How much feedback was new, and how many addresses it suppressed."""

    new: int = 0
    suppressed: int = 0


def record(database: Database, feedback: Feedback, rules: BounceRules, now: datetime) -> Recorded:
    """Record one piece of feedback and suppress whom it tells to, in one transaction."""
    with database.write() as session:
        return record_all(session, [feedback], rules, now)


def record_all(
    session: Session, feedback: Sequence[Feedback], rules: BounceRules, now: datetime
) -> Recorded:
    """Record feedback within the caller's transaction; else like `record`."""
    new = suppressed = 0
    for some in chunks(feedback):
        stored = _with_readers(session, [_bounded(one) for one in some])
        references = store.add(session, [one for one, _ in stored], now)
        fresh = [(one, reader) for one, reader in stored if one.reference in references]
        new += len(references)
        suppressed += _suppress(session, [pair for pair in fresh if pair[0].trusted], rules, now)
    return Recorded(new, suppressed)


def forget(database: Database, before: datetime) -> int:
    """Delete the feedback that came before a moment; return how much. Suppressions stay."""
    with database.write() as session:
        return store.delete_before(session, before)


def _bounded(feedback: Feedback) -> Feedback:
    """Return feedback that fits its columns and names nobody."""
    reference = feedback.reference
    if len(reference) > LONGEST_REFERENCE:
        reference = hashlib.sha256(reference.encode()).hexdigest()
    words = mask_text(clean(feedback.words)[:LONGEST_WORDS])[:LONGEST_WORDS]
    return replace(
        feedback, reference=reference, words=words, status=feedback.status[:LONGEST_STATUS]
    )


def _with_readers(
    session: Session, feedback: Sequence[Feedback]
) -> list[tuple[Feedback, Addressee | None]]:
    """Find whom each is about, by id, else by address; it then bears their id."""
    ids = {one.subscriber_id for one in feedback if one.subscriber_id is not None}
    addresses = {one.address for one in feedback if one.address and one.subscriber_id is None}
    found = store.addressees(session, ids, addresses)
    by_id = {one.id: one for one in found}
    by_address = {one.address: one for one in found}
    pairs = []
    for one in feedback:
        reader = by_address.get(one.address)
        if one.subscriber_id is not None:
            reader = by_id.get(one.subscriber_id)
        elif reader is not None:
            one = replace(one, subscriber_id=reader.id)
        pairs.append((one, reader))
    return pairs


def _suppress(
    session: Session,
    fresh: Sequence[tuple[Feedback, Addressee | None]],
    rules: BounceRules,
    now: datetime,
) -> int:
    """Suppress whom new, trusted feedback tells to; return how many addresses that were."""
    wanted: dict[str, Suppression] = {}
    readers: dict[str, Addressee] = {}
    for feedback, reader in _telling(session, fresh, rules, now):
        address = reader.address if reader else feedback.address
        why = reason(Told(feedback.kind, now), rules, feedback.status, feedback.words)
        wanted.setdefault(address, Suppression(why, now, feedback.source, feedback.kind))
        if reader is not None:
            readers[address] = reader
    if not wanted:
        return 0
    new = suppressions.add_all(session, wanted, now=now)
    suppressions.renew(session, wanted.keys() - new, now)
    ended = [one for one in readers.values() if one.state in _SUBSCRIBED]
    moving.suppress(session, [one.address for one in ended])
    lines = [
        (one.id, EventKind.SUPPRESSED, now, _detail(one, wanted[one.address])) for one in ended
    ]
    moving.add_news(session, lines)
    return len(new)


def _telling(
    session: Session,
    fresh: Sequence[tuple[Feedback, Addressee | None]],
    rules: BounceRules,
    now: datetime,
) -> Iterator[tuple[Feedback, Addressee | None]]:
    """Yield the feedback that suppresses its reader, or an address that is nobody's here."""
    ids = {reader.id for _, reader in fresh if reader is not None}
    blaming = [pair for pair in fresh if pair[0].kind is not FeedbackKind.BLOCKED]
    told = store.told(session, ids) if blaming else defaultdict(list)
    for feedback, reader in blaming:
        newest = Told(feedback.kind, now)
        history = told.get(reader.id, [newest]) if reader else [newest]
        if (reader or _names_nobody_of_ours(feedback)) and suppresses(history, newest, rules):
            yield feedback, reader


def _names_nobody_of_ours(feedback: Feedback) -> bool:
    """Whether an address is vouched for that is no reader's; not by the token of one erased."""
    erased = feedback.subscriber_id is not None and feedback.source in _OF_RETURNED_MAIL
    return bool(feedback.address) and not erased


def _detail(reader: Addressee, why: Suppression) -> dict[str, str]:
    kind = why.kind.value if why.kind else ""
    return {"from": reader.state.value, "reason": why.reason, "source": why.source, "kind": kind}
