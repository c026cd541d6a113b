"""Define the tables of webhooks: who is told, of what, and what came of it (ADR 54)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base
from digest.ground.database.tables.delivery import EditionRow


class WebhookRow(Base):
    """An address that is told of events. secret: what signs its messages, wrapped.

    failing_since: since when nothing arrived. not_before: it failed several times, and rests.
    """

    __tablename__ = "webhooks"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    news: Mapped[list[str]]  # the types of messages that it gets
    with_addresses: Mapped[bool]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str] = mapped_column(Text, default="")
    is_alarming: Mapped[bool] = mapped_column(default=False)  # it was disabled, and by nobody
    failing_since: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]


class WebhookMessageRow(Base):
    """One message to one webhook, written in the transaction of what it tells of.

    data: empty once the reader whom it was about is erased. `lease` names who sends it, and fences.
    The subscriber's key is no foreign key: that somebody was erased is told, too.
    """

    __tablename__ = "webhook_messages"
    __table_args__ = (
        Index("ix_webhook_messages_webhook_id_state", "webhook_id", "state", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(String(40), unique=True)  # the same on every attempt
    news: Mapped[str] = mapped_column(String(32))
    subscriber_id: Mapped[int] = mapped_column(index=True)  # 0: it is about no reader
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None]
    settled_at: Mapped[datetime | None] = mapped_column(index=True)


class WebhookAttemptRow(Base):
    """One attempt to deliver a message. answer: its beginning; empty once the reader is erased."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        Index("ix_webhook_attempts_webhook_id_id", "webhook_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    message: Mapped[int] = mapped_column(
        ForeignKey("webhook_messages.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    status: Mapped[int | None]
    problem: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    milliseconds: Mapped[int]


class WebhookRoundRow(Base):
    """Up to which planning of an edition it was told that all of it is settled."""

    __tablename__ = "webhook_rounds"

    edition_id: Mapped[int] = mapped_column(ForeignKey(EditionRow.id), primary_key=True)
    planned_at: Mapped[datetime]
