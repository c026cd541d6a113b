"""Define the tables of mails to single readers, and of the addresses that ask for one."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.columns import words
from digest.ground.database.tables.base import Base
from digest.model import DeliveryState, MailKind


class OutboxRow(Base):
    """The outbox: one mail to one reader, or to the operator, beside the editions (ADR 41).

    It is written in the transaction of the event that it tells of, and composed when it is sent.
    The subscriber's key is no foreign key: a mail to an erased subscriber is skipped. `lease` names
    the journal of the worker that sends it and fences, as in a batch. `dated_at` is its Date, once
    it was begun.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_state_not_before", "state", "not_before"),
        Index("ix_outbox_subscriber_id_kind", "subscriber_id", "kind"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MailKind] = mapped_column(words(MailKind))
    subscriber_id: Mapped[int]  # 0: the operator
    event_id: Mapped[int]  # what it tells of; 0 for an alert
    subject: Mapped[str] = mapped_column(Text, default="")  # the name of the alert
    detail: Mapped[dict[str, Any]]  # what else it is composed from; empty once it is settled
    created_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[DeliveryState] = mapped_column(words(DeliveryState), default=DeliveryState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    uncertain_attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]  # of what is tried again
    lease: Mapped[str | None] = mapped_column(String(32))
    worker: Mapped[str | None] = mapped_column(String(255))
    leased_until: Mapped[datetime | None]
    dated_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    reply: Mapped[str | None] = mapped_column(Text)
