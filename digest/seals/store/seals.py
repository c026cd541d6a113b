"""The chain of seals: only ever added to."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digest.ground.database.tables.delivery import EditionRow
from digest.ground.database.tables.seals import SealRow
from digest.seals.rules.hashing import Seal, hash_seal

_LOCK = 0x7365616C  # "seal": a number that is locked for nothing else in our database


def lock(session: Session) -> None:
    """Let nobody else add a seal until this transaction ends; on SQLite only one writes anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def newest_hash(session: Session) -> bytes:
    """Return the hash of the newest seal; empty before the first."""
    return session.scalar(select(SealRow.hash).order_by(SealRow.id.desc()).limit(1)) or b""


def add(session: Session, edition_id: int, seal: Seal) -> int:
    """Add a seal; return its id."""
    row = SealRow(edition_id=edition_id, **seal._asdict(), hash=hash_seal(seal))
    session.add(row)
    session.flush()
    return row.id


def chain(session: Session) -> Iterator[tuple[Seal, bytes]]:
    """Yield every seal with the hash that is stored for it, the oldest first."""
    query = select(SealRow).order_by(SealRow.id).execution_options(yield_per=200)
    for row in session.scalars(query):
        yield _seal(row), row.hash


def newest_of(session: Session, on: date) -> tuple[int, Seal, bytes] | None:
    """Return the newest seal of an edition's date: the edition's id, the seal, and its hash."""
    query = select(SealRow).where(SealRow.day == on).order_by(SealRow.id.desc()).limit(1)
    row = session.scalar(query)
    return (row.edition_id, _seal(row), row.hash) if row else None


def newest_day(session: Session) -> date | None:
    """Return the date of the newest edition that has a seal; None before the first."""
    return session.scalar(select(func.max(SealRow.day)))


def count_of(session: Session, on: date) -> int:
    """Count the seals of an edition's date."""
    query = select(func.count()).select_from(SealRow).where(SealRow.day == on)
    return session.scalar(query) or 0


def date_of(session: Session, edition_id: int) -> date:
    """Return the date of an edition that exists."""
    return session.scalars(select(EditionRow.date).where(EditionRow.id == edition_id)).one()


def catalogue_version(session: Session, edition_id: int) -> int:
    """Return the version of the catalogue by which an edition was frozen; 0 if it is gone."""
    query = select(EditionRow.catalogue_version).where(EditionRow.id == edition_id)
    return session.scalar(query) or 0


def _seal(row: SealRow) -> Seal:
    return Seal(
        row.day,
        row.at,
        row.program,
        row.settings,
        row.inputs,
        row.batches,
        row.rows,
        row.root,
        row.previous,
    )
