"""Addresses that are never mailed again: hashes, so that they outlive their subscribers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from digest.ground.database.engine import LEFT
from digest.ground.database.statements import among, insert_new
from digest.ground.database.tables.readers import SuppressionRow
from digest.model import FeedbackKind
from digest.subscribers.store import suppression_keys
from digest.subscribers.store.suppression_keys import address_hash, keyed_hash

OPERATOR = "operator"
BOUNCES = (FeedbackKind.HARD, FeedbackKind.SOFT)


class Suppression(NamedTuple):
    """Why an address is never mailed again, and since when.

    source: who or what did it ("operator", "api", "import", or a source of feedback). kind: of the
    feedback that did it; None when none did.
    """

    reason: str
    since: datetime
    source: str = OPERATOR
    kind: FeedbackKind | None = None


class Listed(NamedTuple):
    """A suppression as a list shows it; nobody can tell the address from the hash."""

    address_hash: str
    suppression: Suppression


def add(
    session: Session,
    address: str,
    reason: str,
    *,
    now: datetime,
    source: str = OPERATOR,
    kind: FeedbackKind | None = None,
) -> bool:
    """Suppress a normalised address; False, and nothing changed, when it is suppressed already."""
    return bool(add_all(session, {address: Suppression(reason, now, source, kind)}, now=now))


def add_all(session: Session, wanted: dict[str, Suppression], *, now: datetime) -> set[str]:
    """Suppress normalised addresses; return those that were not before."""
    plain = {address_hash(address): one for address, one in wanted.items()}
    new = add_hashes(session, plain, now=now)
    return {address for address in wanted if address_hash(address) in new}


def add_hashes(session: Session, wanted: dict[str, Suppression], *, now: datetime) -> set[str]:
    """Suppress addresses by their `address_hash`; return the new ones of these."""
    new = wanted.keys() - stored(session, wanted)
    if not new:
        return set()
    key_id, key = suppression_keys.own_key(session, now)
    insert_hashes(session, [(keyed_hash(key, one), key_id, wanted[one]) for one in sorted(new)])
    return set(new)


def insert_hashes(session: Session, found: Sequence[tuple[str, int, Suppression]]) -> int:
    """Insert suppressions (hash under a key, id of the key, what is known); count the new ones."""
    rows = [
        {
            "address_hash": hashed,
            "key_id": key_id,
            "reason": one.reason,
            "source": one.source,
            "kind": one.kind,
            "created_at": one.since,
        }
        for hashed, key_id, one in found
    ]
    if not rows:
        return 0
    session.info[LEFT] = True
    query = insert_new(session, SuppressionRow).returning(SuppressionRow.address_hash)
    return len(session.scalars(query, rows).all())


def get(session: Session, address: str) -> Suppression | None:
    """Return the suppression of a normalised address; None when it may be mailed.

    Of several, as after the import of another instance's list, the one that holds longest.
    """
    wanted = suppression_keys.hashes(session, [address_hash(address)])
    query = select(SuppressionRow).where(SuppressionRow.address_hash.in_(wanted))
    rows = session.scalars(query.order_by(SuppressionRow.created_at.desc())).all()
    found = [_suppression(row) for row in rows]
    return next((one for one in found if one.kind not in BOUNCES), found[0] if found else None)


def suppressed(session: Session, addresses: Collection[str]) -> set[str]:
    """Return which of these normalised addresses must never be mailed again."""
    plain = {address_hash(address): address for address in addresses}
    return {plain[found] for found in stored(session, plain)}


def stored(session: Session, plain: Collection[str]) -> set[str]:
    """Return which addresses are suppressed, of some by their `address_hash`."""
    wanted = suppression_keys.hashes(session, plain)
    theirs = among(session, SuppressionRow.address_hash, wanted)
    query = select(SuppressionRow.address_hash).where(theirs)
    return {wanted[found] for found in session.scalars(query)}


def remove(session: Session, address: str) -> bool:
    """Lift the suppression of a normalised address; False when there is none."""
    wanted = suppression_keys.hashes(session, [address_hash(address)])
    gone = delete(SuppressionRow).where(SuppressionRow.address_hash.in_(wanted))
    return bool(session.execute(gone).rowcount)  # type: ignore[attr-defined]


def renew(session: Session, addresses: Collection[str], now: datetime) -> None:
    """Let suppressions for bounces of these normalised addresses count from now on."""
    wanted = suppression_keys.hashes(session, [address_hash(one) for one in addresses])
    change = update(SuppressionRow).where(
        SuppressionRow.address_hash.in_(wanted), SuppressionRow.kind.in_(BOUNCES)
    )
    session.execute(change.values(created_at=now))


def page(session: Session, *, source: str | None, after: str, limit: int) -> Sequence[Listed]:
    """Return the next suppressions by hash. source: only those; after: the last hash before."""
    query = select(SuppressionRow).where(SuppressionRow.address_hash > after)
    if source is not None:
        query = query.where(SuppressionRow.source == source)
    rows = session.scalars(query.order_by(SuppressionRow.address_hash).limit(limit))
    return [Listed(row.address_hash, _suppression(row)) for row in rows]


def counts(session: Session) -> dict[str, int]:
    """Return how many addresses are suppressed, by source."""
    query = select(SuppressionRow.source, func.count()).group_by(SuppressionRow.source)
    return dict(session.execute(query.order_by(SuppressionRow.source)).all())


def _suppression(row: SuppressionRow) -> Suppression:
    return Suppression(row.reason, row.created_at, row.source, row.kind)
