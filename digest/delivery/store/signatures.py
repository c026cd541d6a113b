"""Signatures that were made ahead of the hour, in blocks of up to 500 readers.

A block holds nothing of the mails but the SHA-256 that each signature is over, so whoever composes
other bytes finds nothing. It belongs to a `basis`, a hash of what all its mails have in common:
blocks of another basis are not read.
"""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from digest.delivery.store.batches import Batch
from digest.ground.database.statements import insert_new
from digest.ground.database.tables.signatures import SignatureBlockRow

_HASH = 32  # octets of SHA-256
_LENGTH = 2  # octets that say how long a signature is
_log = logging.getLogger(__name__)


class Mailing(NamedTuple):
    """The mails of an edition with one Date. basis: a hash of what else they have in common."""

    edition_id: int
    dated_at: datetime
    basis: bytes


def add(
    session: Session, mailing: Mailing, first: int, last: int, made: Mapping[bytes, bytes]
) -> None:
    """Add the signatures for the readers of a range of ids; nothing if somebody else has."""
    content = b"".join(
        [
            part
            for signed, signature in made.items()
            for part in (signed, len(signature).to_bytes(_LENGTH), signature)
        ]
    )
    row = {
        "edition_id": mailing.edition_id,
        "dated_at": mailing.dated_at,
        "first_subscriber_id": first,
        "last_subscriber_id": last,
        "basis": mailing.basis,
        "content": hashlib.sha256(content).digest() + content,
    }
    session.execute(insert_new(session, SignatureBlockRow), row)


def find_last(session: Session, mailing: Mailing) -> int:
    """Return the highest id of a reader whose mail was signed ahead; 0 for nobody."""
    last = func.max(SignatureBlockRow.last_subscriber_id)
    query = select(last).where(*_is_in(mailing), SignatureBlockRow.basis == mailing.basis)
    return session.scalar(query) or 0


def for_batch(session: Session, batch: Batch, basis: bytes) -> dict[bytes, bytes]:
    """Return the signatures that were made for the readers of a batch, by what they are over."""
    if batch.dated_at is None:
        return {}
    mailing = Mailing(batch.edition_id, batch.dated_at, basis)
    first = SignatureBlockRow.first_subscriber_id
    begins = select(func.max(first)).where(*_is_in(mailing), first <= batch.first_subscriber_id)
    query = select(SignatureBlockRow.first_subscriber_id, SignatureBlockRow.content).where(
        *_is_in(mailing),
        SignatureBlockRow.basis == basis,
        first.between(func.coalesce(begins.scalar_subquery(), 0), batch.last_subscriber_id),
    )
    found: dict[bytes, bytes] = {}
    for number, content in session.execute(query):
        if hashlib.sha256(content[_HASH:]).digest() == content[:_HASH]:
            found.update(_unpacked(content))
        else:
            _log.warning("The block %s of signatures made ahead is broken; nobody uses it.", number)
    return found


def forget_others(session: Session, mailing: Mailing) -> None:
    """Delete what was made for the same Date on another basis."""
    other = SignatureBlockRow.basis != mailing.basis
    session.execute(delete(SignatureBlockRow).where(*_is_in(mailing), other))


def forget(session: Session, before: datetime) -> int:
    """Delete what was made for mails with an earlier Date; count the blocks."""
    old = delete(SignatureBlockRow).where(SignatureBlockRow.dated_at < before)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def _is_in(mailing: Mailing) -> tuple[ColumnElement[bool], ...]:
    return (
        SignatureBlockRow.edition_id == mailing.edition_id,
        SignatureBlockRow.dated_at == mailing.dated_at,
    )


def _unpacked(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = _HASH
    while at < len(content):
        start = at + _HASH + _LENGTH
        end = start + int.from_bytes(content[start - _LENGTH : start])
        yield content[at : at + _HASH], content[start:end]
        at = end
