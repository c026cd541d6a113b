"""Do again what readers did to leave, in a database that was restored to a state before it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from digest.ground.database.engine import insert_new
from digest.ground.database.tables import EventKind, SuppressionRow
from digest.installation.rules.state import State
from digest.installation.store import installation
from digest.model import Subscriber, SubscriberState
from digest.subscribers.store import erasure, events, subscribers

REASON = "suppressed before the database was restored"
_BY = {"by": "restore"}
_LEAVES = (EventKind.UNSUBSCRIBED, EventKind.ERASED, EventKind.SUPPRESSED, EventKind.PAUSED)
_OVER = (SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED)


def merge_leavers(
    session: Session, entries: Sequence[dict[str, Any]], found: State, now: datetime
) -> tuple[Counter[str], int]:
    """Do again what the entries of the logs of leavers tell and the database does not know.

    Of each reader the newest entry counts. Returns how many by kind, and how many are of readers
    who are not in the database.
    """
    done: Counter[str] = Counter()
    gone = 0
    newest: dict[int, dict[str, Any]] = {}
    for entry in sorted((one for one in entries if "event" in one), key=lambda one: one["event"]):
        newest[entry["subscriber"]] = entry
    for subscriber_id, entry in newest.items():
        if entry["kind"] not in _LEAVES or _is_known(session, entry):
            continue
        reader = subscribers.by_id(session, subscriber_id)
        if reader is None:
            gone += entry["kind"] != EventKind.ERASED
        elif _leave(session, reader, entry, now):
            done[entry["kind"]] += 1
    if hashes := _suppress(session, entries, found):
        done["suppressed addresses"] = hashes
    return done, gone


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
        one["address_hash"]: datetime.fromisoformat(one["at"])
        for one in entries
        if "address_hash" in one and one["at"] >= found.suppressed_at
    }
    count = 0
    for address_hash, at in rows.items():
        row = {"address_hash": address_hash, "reason": REASON, "created_at": at}
        added = insert_new(session, SuppressionRow).values(row)
        count += session.scalar(added.returning(SuppressionRow.address_hash)) is not None
    return count
