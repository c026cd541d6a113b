"""Store the versions of the catalogue: they are only ever added, and the newest is in force."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from digest.errors import NotFoundError
from digest.ground.database.tables.topics import CatalogueVersionRow


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the catalogue.

    text: TOML; None when it is the catalogue file, as it is. file_hash: of that file when the
    version was saved. takes_back: the version that it takes back, with every newer one.
    classified_to: recent papers with an id up to this are done; classified_at: when all were.
    """

    number: int
    text: str | None
    file_hash: str
    saved_at: datetime
    saved_by: str
    why: str
    takes_back: int | None = None
    classified_to: int = 0
    classified_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as programs read it, without its text."""
        done = self.classified_at
        return {
            "version": self.number,
            "saved_at": self.saved_at.isoformat(),
            "saved_by": self.saved_by,
            "why": self.why,
            "takes_back": self.takes_back,
            "is_file": self.text is None,
            "classified_at": done.isoformat() if done else None,
        }


def in_force(session: Session) -> int:
    """Return the number of the version in force; 0 when it is the catalogue file from the start."""
    return session.scalar(select(func.max(CatalogueVersionRow.number))) or 0


def stamp(session: Session) -> tuple[int, datetime | None]:
    """Return the number of the version in force and when it was saved: both tell it from others."""
    query = select(CatalogueVersionRow.number, CatalogueVersionRow.saved_at)
    row = session.execute(query.order_by(CatalogueVersionRow.number.desc()).limit(1)).first()
    return (row.number, row.saved_at) if row else (0, None)


def get(session: Session, number: int) -> Version | None:
    """Return a version; None for one that was never saved."""
    row = session.get(CatalogueVersionRow, number)
    return _version(row) if row else None


def check(session: Session, number: int) -> None:
    """Raise NotFoundError for a version that was never saved; 0 is the catalogue file."""
    if number != 0 and get(session, number) is None:
        raise NotFoundError(
            f"The catalogue has no version {number}.", hint="digest topics versions"
        )


def newest_first(session: Session, *, limit: int, before: int | None = None) -> list[Version]:
    """Return versions, the newest first. before: only those with a smaller number."""
    query = select(CatalogueVersionRow).order_by(CatalogueVersionRow.number.desc()).limit(limit)
    if before is not None:
        query = query.where(CatalogueVersionRow.number < before)
    return [_version(row) for row in session.scalars(query)]


def add(session: Session, version: Version) -> None:
    """Add a version. IntegrityError when another process has just added one of this number."""
    session.add(
        CatalogueVersionRow(
            number=version.number,
            text=version.text,
            file_hash=version.file_hash,
            saved_at=version.saved_at,
            saved_by=version.saved_by,
            why=version.why,
            takes_back=version.takes_back,
        )
    )
    session.flush()


def set_progress(
    session: Session, number: int, *, classified_to: int, classified_at: datetime | None = None
) -> None:
    """Note up to which paper the recent papers were classified by a version, and when all were."""
    values = {"classified_to": classified_to, "classified_at": classified_at}
    own = CatalogueVersionRow.number == number
    session.execute(update(CatalogueVersionRow).where(own).values(values))


def _version(row: CatalogueVersionRow) -> Version:
    return Version(
        row.number,
        row.text,
        row.file_hash,
        row.saved_at,
        row.saved_by,
        row.why,
        row.takes_back,
        row.classified_to,
        row.classified_at,
    )
