"""Define the tables of the installation: which database this is, and who holds its mail."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base


class InstallationRow(Base):
    """One row, with id 1, made by the migration (ADR 42, ADR 43).

    epoch: drawn anew when an operator accepts a database that is behind a mark. accepted: the
    state that was accepted then. settlements: how many batches were settled so far. fingerprint:
    a hash by setting. trial: whether these settings are fit for a trial alone. changed: the names
    of the settings that changed at changed_at.
    """

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    installation: Mapped[str] = mapped_column(String(32))
    epoch: Mapped[str] = mapped_column(String(32))
    accepted: Mapped[dict[str, Any] | None]
    settlements: Mapped[int] = mapped_column(BigInteger)
    fingerprint: Mapped[dict[str, Any]]
    trial: Mapped[bool]
    changed: Mapped[list[str]]
    changed_at: Mapped[datetime | None]


class HoldRow(Base):
    """A machine whose mark is ahead of the database: nothing is sent by anyone until it is gone."""

    __tablename__ = "holds"

    machine: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)  # host and folder
    since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)


class RestoredMailRow(Base):
    """A mail that a log on a disk knows and the restored database does not (ADR 42).

    Its edition may be opened again later: whoever is planned for it then is not sent it.
    """

    __tablename__ = "restored_mails"
    __table_args__ = {"sqlite_with_rowid": False}

    day: Mapped[str] = mapped_column(String(10), primary_key=True)  # date of the edition
    subscriber_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
