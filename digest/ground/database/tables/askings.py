"""Define the tables of requests that are not answered at once: to subscribe, and for links."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base


class AskingRow(Base):
    """What somebody typed into the form, until it is looked at; `detail`: an `Asking`."""

    __tablename__ = "askings"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    detail: Mapped[dict[str, Any]]


class AskedAddressRow(Base):
    """How often the form was filled in for an address, as a keyed hash: it outlives the address.

    mails: those in a row, without a week of silence between two requests. asked_at: the newest
    request, mail or not. refused_at: when their reader said that it was not them.
    """

    __tablename__ = "asked_addresses"

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # HMAC-SHA-256, hex
    mails: Mapped[int]
    mailed_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    refused_at: Mapped[datetime | None]
