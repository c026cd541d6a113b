"""How often the form was filled in for an address, without the address."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.askings import AskedAddressRow
from digest.subscribers.rules.asking import Asked


def locked(session: Session, hashes: Sequence[str], now: datetime) -> Asked:
    """Return how an address stands, as if asked now for the first time when nothing is known.

    hashes: of the address, the newest key's first. Nobody else changes it until the transaction
    ends.
    """
    query = (
        select(AskedAddressRow)
        .where(AskedAddressRow.address_hash.in_(hashes))
        .order_by(AskedAddressRow.asked_at.desc())
        .with_for_update()
    )
    row = session.scalars(query).first()
    if row is None:
        new = {"address_hash": hashes[0], "mails": 0, "asked_at": now}
        session.execute(insert_new(session, AskedAddressRow), [new])
        row = session.scalars(query).one()
    return Asked(row.mails, row.mailed_at, row.asked_at, row.refused_at)


def save(session: Session, hashes: Sequence[str], asked: Asked) -> None:
    """Save how an address stands that is locked; from now on under the newest key alone."""
    session.execute(delete(AskedAddressRow).where(AskedAddressRow.address_hash.in_(hashes)))
    session.execute(insert(AskedAddressRow), [{"address_hash": hashes[0], **asdict(asked)}])


def forget_silent(session: Session, *, asked: datetime, refused: datetime) -> None:
    """Forget what was last asked for before one moment, unless it was refused since another."""
    row = AskedAddressRow
    old = or_(row.refused_at.is_(None), row.refused_at < refused)
    session.execute(delete(row).where(row.asked_at < asked, old))
