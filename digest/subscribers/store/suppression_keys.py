"""How a suppressed address is stored: HMAC-SHA256 of its SHA-256, under a key of the database's.

The key is random, and is stored wrapped by DIGEST_SECRET_KEY (ADR 45). A list that moves brings its
own key along, so there may be several: an address is suppressed when its hash under any of them is
there, or its plain SHA-256, which is what was stored before there were keys.
"""

import hashlib
import hmac
import secrets as random
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks, insert_new
from digest.ground.database.tables.feedback import SuppressionKeyRow
from digest.ground.database.tables.readers import SuppressionRow
from digest.ground.database.wrapped_keys import is_current, secret_keys, unwrap, wrap

_KEY_BYTES = 32
_WRAPPED = SuppressionKeyRow.wrapped


def address_hash(address: str) -> str:
    """Return SHA-256 of a normalised address, hex: what is hashed under a key."""
    return hashlib.sha256(address.encode()).hexdigest()


def keyed_hash(key: bytes, plain: str) -> str:
    """Return what is stored of an address. plain: its `address_hash`."""
    return hmac.digest(key, bytes.fromhex(plain), "sha256").hex()


def keys(session: Session) -> dict[int, bytes]:
    """Return the keys by id, the oldest first; SettingsError when one cannot be unwrapped."""
    secrets = secret_keys(session)
    rows = session.execute(
        select(SuppressionKeyRow.id, SuppressionKeyRow.wrapped).order_by(SuppressionKeyRow.id)
    )
    return {id_: unwrap(secrets, wrapped) for id_, wrapped in rows}


def own_key(session: Session, now: datetime) -> tuple[int, bytes]:
    """Return id and key for new suppressions; the first time it is made."""
    found = keys(session)
    if not found:
        key = random.token_bytes(_KEY_BYTES)
        return add_key(session, key, now), key
    return min(found.items())


def add_key(session: Session, key: bytes, now: datetime) -> int:
    """Store a key, unless it is there; return its id."""
    for id_, known in keys(session).items():
        if known == key:
            return id_
    row = SuppressionKeyRow(wrapped=wrap(secret_keys(session), key), created_at=now)
    session.add(row)
    session.flush()
    return row.id


def hashes(session: Session, plain: Collection[str]) -> dict[str, str]:
    """Return all that may be stored of addresses, each with the `address_hash` that it is of."""
    known = keys(session).values()
    return {one: one for one in plain} | {
        keyed_hash(key, one): one for key in known for one in plain
    }


def is_needed(session: Session) -> bool:
    """Whether `put_under_key` or `wrap_anew` has anything to do."""
    plain = select(SuppressionRow.address_hash).where(SuppressionRow.key_id.is_(None))
    if session.scalar(plain.limit(1)) is not None:
        return True
    secrets = secret_keys(session)
    return any(not is_current(secrets, one) for one in session.scalars(select(_WRAPPED)))


def put_under_key(session: Session, now: datetime) -> int:
    """Put the plain hashes of before under a key; return how many there were."""
    plain = session.scalars(select(SuppressionRow).where(SuppressionRow.key_id.is_(None))).all()
    if not plain:
        return 0
    key_id, key = own_key(session, now)
    for some in chunks(plain):
        session.execute(insert_new(session, SuppressionRow), [_keyed(o, key_id, key) for o in some])
        ours = SuppressionRow.address_hash.in_([one.address_hash for one in some])
        session.execute(delete(SuppressionRow).where(ours))
    return len(plain)


def wrap_anew(session: Session) -> int:
    """Wrap by the first secret key what a former one wraps; return how many keys that were."""
    secrets, count = secret_keys(session), 0
    for row in session.scalars(select(SuppressionKeyRow)):
        if not is_current(secrets, row.wrapped):
            row.wrapped = wrap(secrets, unwrap(secrets, row.wrapped))
            count += 1
    session.flush()
    return count


def _keyed(row: SuppressionRow, key_id: int, key: bytes) -> Mapping[str, object]:
    return {
        "address_hash": keyed_hash(key, row.address_hash),
        "key_id": key_id,
        "reason": row.reason,
        "source": row.source,
        "kind": row.kind,
        "created_at": row.created_at,
    }
