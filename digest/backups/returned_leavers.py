"""Do again what readers did to leave, in a database that was restored to a state before it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.backups.rules.persons import Persons
from digest.ground.database.statements import insert_new
from digest.ground.database.tables.feedback import SuppressionKeyRow
from digest.ground.database.tables.readers import EventKind, EventRow, SuppressionRow
from digest.ground.tokens.nonces import hash_nonce
from digest.installation.rules.state import State
from digest.installation.store import installation
from digest.model import Subscriber, SubscriberState
from digest.subscribers.store import erasure, events, relinking, subscribers

REASON = "suppressed before the database was restored"
_BY = {"by": "restore"}
_LEAVES = (EventKind.UNSUBSCRIBED, EventKind.ERASED, EventKind.SUPPRESSED, EventKind.PAUSED)
_OVER = (SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED)


def merge_leavers(
    session: Session, entries: Sequence[dict[str, Any]], found: State, now: datetime
) -> tuple[Counter[str], int]:
    """Do again what the entries of the logs of leavers tell and the database does not know.

    Of each reader the newest entry counts. An id can be somebody else's in this database: an entry
    is applied to the reader whose nonce it names. Returns how many by kind, and how many are of
    readers who are not in the database.
    """
    done: Counter[str] = Counter()
    told = [one for one in entries if "event" in one]
    told.sort(key=lambda one: (one["event"], one["at"]))
    persons = Persons(told, _relinked(session))
    gone = _count_gone(session, told, persons)
    newest: dict[int, dict[str, Any]] = {}
    for entry in told:
        if entry["kind"] != EventKind.RELINKED and _is_theirs(session, entry, persons):
            newest[entry["subscriber"]] = entry
    for subscriber_id, entry in newest.items():
        if entry["kind"] not in _LEAVES or _is_known(session, entry):
            continue
        reader = subscribers.by_id(session, subscriber_id)
        if reader is not None and _leave(session, reader, entry, now):
            done[entry["kind"]] += 1
    if relinked := _relink(session, told, now):
        done[EventKind.RELINKED.value] = relinked
    if hashes := _suppress(session, entries, found):
        done["suppressed addresses"] = hashes
    return done, gone


def _relinked(session: Session) -> list[Mapping[str, Any]]:
    return list(session.scalars(select(EventRow.detail).where(EventRow.kind == EventKind.RELINKED)))


def _is_theirs(session: Session, entry: dict[str, Any], persons: Persons) -> bool:
    """Return whether an entry is about the reader who has its id in this database.

    One without a hash is theirs when they were there already; so is any, of who was there before
    nonces came: an older copy that is upgraded again draws them another.
    """
    reader = subscribers.by_id(session, entry["subscriber"])
    if reader is None:
        return False
    binding = subscribers.binding(session, reader.id)
    if binding and persons.same(entry.get("reader", ""), hash_nonce(binding.nonce)):
        return True
    unnamed = not entry.get("reader") or binding is None or binding.former
    return unnamed and reader.created_at <= datetime.fromisoformat(entry["at"])


def _count_gone(session: Session, told: Sequence[dict[str, Any]], persons: Persons) -> int:
    """Return how many have left who are not in this database; not those who are erased."""
    newest = {}
    for entry in told:
        if entry["kind"] != EventKind.RELINKED:
            newest[entry["subscriber"], persons.first(entry.get("reader", ""))] = entry
    return sum(
        entry["kind"] in _LEAVES
        and entry["kind"] != EventKind.ERASED
        and not _is_known(session, entry)
        and not _is_theirs(session, entry, persons)
        for entry in newest.values()
    )


def _relink(session: Session, told: Sequence[dict[str, Any]], now: datetime) -> int:
    """End the links again that had ended; return of how many readers."""
    ended = {
        (one["subscriber"], one["former"])
        for one in told
        if one["kind"] == EventKind.RELINKED and one.get("former")
    }
    count = 0
    for subscriber_id, former in sorted(ended):
        binding = subscribers.binding(session, subscriber_id)
        if binding is not None and hash_nonce(binding.nonce) == former:
            count += relinking.relink(session, subscriber_id, now, _BY)
    return count


def _is_known(session: Session, entry: dict[str, Any]) -> bool:
    return bool(installation.event_at(session, entry["event"]) == entry["at"])


def _leave(session: Session, reader: Subscriber, entry: dict[str, Any], now: datetime) -> bool:
    """Do it again; False when the reader has left anyway."""
    kind = EventKind(entry["kind"])
    if kind is EventKind.ERASED:
        return erasure.erase(session, reader.id, now)
    if reader.state in _OVER and not (
        kind is EventKind.SUPPRESSED and reader.state is SubscriberState.UNSUBSCRIBED
    ):
        return False
    detail = {"from": reader.state.value, **_BY}
    if kind is EventKind.PAUSED:
        if reader.state is not SubscriberState.ACTIVE:
            return False
        subscribers.pause(session, reader.id, date.fromisoformat(entry["until"]))
        detail["until"] = entry["until"]
    elif kind is EventKind.SUPPRESSED:
        subscribers.set_state(session, reader.id, SubscriberState.SUPPRESSED)
        detail["reason"] = REASON
    else:
        subscribers.set_state(session, reader.id, SubscriberState.UNSUBSCRIBED)
    events.record(session, reader.id, kind, at=now, detail=detail)
    return True


def _suppress(session: Session, entries: Sequence[dict[str, Any]], found: State) -> int:
    """Suppress addresses again; return how many. Older ones were lifted, if they are not here."""
    rows = {
        one["address_hash"]: one
        for one in entries
        if "address_hash" in one and one["at"] >= found.suppressed_at
    }
    count = 0
    for address_hash, one in rows.items():
        at = datetime.fromisoformat(one["at"])
        row = {
            "address_hash": address_hash,
            "key_id": _key_id(session, bytes.fromhex(one.get("key", "")), at),
            "reason": REASON,
            "source": "restore",
            "created_at": at,
        }
        added = insert_new(session, SuppressionRow).values(row)
        count += session.scalar(added.returning(SuppressionRow.address_hash)) is not None
    return count


def _key_id(session: Session, wrapped: bytes, at: datetime) -> int | None:
    """Return the id of the key of a hash, which came after the backup perhaps; None for no key."""
    if not wrapped:
        return None
    query = select(SuppressionKeyRow.id).where(SuppressionKeyRow.wrapped == wrapped)
    if (known := session.scalar(query)) is not None:
        return known
    row = SuppressionKeyRow(wrapped=wrapped, created_at=at)
    session.add(row)
    session.flush()
    return row.id
