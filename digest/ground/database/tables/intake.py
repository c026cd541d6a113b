"""Define the tables of what came in and waits: mails, replies, files, and tokens of hooks."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.columns import words
from digest.ground.database.tables.base import Base
from digest.ground.database.tables.readers import SubscriberRow


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


class ReaderUploadRow(Base):
    """A file of readers that somebody looks at before it is imported, and what became of it.

    It holds addresses: its content is gone once it was imported, and the row at `ends_at`.
    """

    __tablename__ = "reader_uploads"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)  # zlib's compression
    size_bytes: Mapped[int]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    begun_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]  # when whoever imports it last said so
    read_bytes: Mapped[int] = mapped_column(default=0)
    report: Mapped[dict[str, Any] | None]  # once it is imported
    problem: Mapped[str] = mapped_column(Text, default="")  # why it could not be


class ReaderReplyRow(Base):
    """A reader's answer to a digest, for a month: each counts once, and can be taken back.

    Deleted with its subscriber.
    """

    __tablename__ = "reader_replies"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey(SubscriberRow.id, ondelete="CASCADE"), index=True
    )
    message_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256, hex
    received_at: Mapped[datetime] = mapped_column(index=True)
    commands: Mapped[list[str]]  # what was done; none when it was not understood
    text: Mapped[str | None] = mapped_column(Text)  # its own lines, when it was not understood
    before: Mapped[dict[str, Any] | None]  # what undoing restores; None when nothing can be
    answered: Mapped[bool]  # whether a mail answered it


class HookTokenRow(Base):
    """A token of a webhook whose signature is not of its body: it counts for the first one."""

    __tablename__ = "hook_tokens"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)  # its SHA-256, hex
    body: Mapped[str] = mapped_column(String(64))  # likewise
    at: Mapped[datetime] = mapped_column(index=True)
