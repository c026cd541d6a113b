"""Define the table of mail that came in."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.columns import words
from digest.ground.database.tables.base import Base


class Fate(StrEnum):
    """What became of a mail."""

    UNSUBSCRIBED = "unsubscribed"
    ALREADY = "already"  # it had ended before, its reader was erased, or a reply was taken before
    APPLIED = "applied"  # a reply: what it asks for is done
    UNCLEAR = "unclear"  # a reply that was not understood: nothing was done
    RECORDED = "recorded"  # a bounce or a complaint that is signed
    AUTOMATIC = "automatic"  # nobody meant it, or a server goes on trying: nothing was done
    KEPT = "kept"  # for the operator: nothing vouches for it, or a person wrote it
    FORGED = "forged"  # its address has a token that is not ours
    REFUSED = "refused"  # too large, or no mail at all


class IncomingMailRow(Base):
    """A mail that came in, stored before it is acknowledged, for some days.

    reference: of the mail and whom it came to; a mail that comes again has the same one. feedback:
    what it told, without addresses. raw: its first octets, if a person should look at it.
    """

    __tablename__ = "incoming_mails"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    way: Mapped[str] = mapped_column(String(16))  # "pipe", "maildir", "lmtp", "smtp", "imap"
    fate: Mapped[Fate] = mapped_column(words(Fate))
    reason: Mapped[str] = mapped_column(Text)
    feedback: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    size_bytes: Mapped[int]
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
