"""Define the tables of labs: comparisons of two rankings by votes."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base
from digest.ground.database.tables.delivery import EditionRow


class LabRow(Base):
    """A comparison of two rankings. Editions that are opened while it runs are part of it.

    seed: of all coins. planned: mails with a vote. counted_at: when votes were last counted.
    finding: what it has found, at `found_at`; empty until then.
    """

    __tablename__ = "labs"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    a: Mapped[str] = mapped_column(String(16))
    b: Mapped[str] = mapped_column(String(16))
    seed: Mapped[bytes] = mapped_column(LargeBinary(16))
    planned: Mapped[int]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    counted_at: Mapped[datetime | None]
    finding: Mapped[str | None] = mapped_column(String(8))
    found_at: Mapped[datetime | None]


class LabCountRow(Base):
    """How many mails of one edition each ranking has won. It knows no reader."""

    __tablename__ = "lab_counts"

    lab_id: Mapped[int] = mapped_column(ForeignKey("labs.id"), primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey(EditionRow.id), primary_key=True)
    a: Mapped[int]
    b: Mapped[int]
    ties: Mapped[int]
