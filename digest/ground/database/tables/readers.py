"""Define the tables of subscribers: their schedules, events and replies."""

import datetime as dt
import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.columns import words
from digest.ground.database.tables.base import Base
from digest.ground.database.tables.feedback import SuppressionKeyRow
from digest.ground.tokens.nonces import NONCE_BYTES
from digest.model import (
    Cadence,
    EmptyDay,
    FeedbackKind,
    InLab,
    Layout,
    Origin,
    SubscriberState,
)


class EventKind(StrEnum):
    """What happened to a subscription."""

    ASKED = "asked"  # somebody typed the address into the form
    UNSENT = "unsent"  # formerly: the mail that asks for a confirmation could not be sent
    REFUSED = "refused"  # by the link in that mail: it was not them
    CONFIRMED = "confirmed"  # by the link in that mail
    CHANGED = "changed"  # preferences
    PAUSED = "paused"
    RESUMED = "resumed"
    UNSUBSCRIBED = "unsubscribed"
    UNDONE = "undone"  # the event before it was taken back
    ERASED = "erased"
    RENEWED = "renewed"  # the secret address of the personal feed
    RELINKED = "relinked"  # all links and that address: the former ones have ended
    REMINDED = "reminded"  # the form was filled in again; a mail said that it was needless
    SUPPRESSED = "suppressed"  # by the operator or by feedback: never mailed again
    LIFTED = "lifted"  # the suppression; the subscription stays ended


class DeliveryScheduleRow(Base):
    """When readers want mail; all readers with the same schedule share one row."""

    __tablename__ = "delivery_schedules"
    __table_args__ = (
        UniqueConstraint(
            *("cadence", "weekday", "hour", "timezone"),
            name="uq_rhythms_cadence_weekday_hour_timezone",  # SQLite cannot rename it
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cadence: Mapped[Cadence] = mapped_column(words(Cadence))
    weekday: Mapped[int]
    hour: Mapped[int]
    timezone: Mapped[str] = mapped_column(String(64))
    next_due_at: Mapped[datetime | None]  # None: somebody came or changed; look at it anew
    tried_edition_id: Mapped[int | None]  # planned in this period, and some of its readers wait


def new_nonce() -> bytes:
    """Draw what makes the tokens of one subscriber nobody else's."""
    return secrets.token_bytes(NONCE_BYTES)


def _domain(context: Any) -> str:
    """Return the domain of the address that is inserted."""
    address: str = context.get_current_parameters()["address"]
    return address.rpartition("@")[2]


class SubscriberRow(Base):
    """An address and what its reader wants.

    `domain`: of the address, to be searched for; NULL for a row not made by this program.

    Links name ids. No id is used twice, but for those that are lost when a database is restored
    from an older copy: the nonce, drawn for each row, tells the two apart.
    """

    __tablename__ = "subscribers"
    __table_args__ = (
        Index("ix_subscribers_state_id", "state", "id"),
        # Both are searched by their beginnings. PostgreSQL finds those only in an index of another
        # order (varchar_pattern_ops): the migration says so, as here it would load its dialect.
        Index("ix_subscribers_domain_state", "domain", "state"),
        Index("ix_subscribers_address_state", "address", "state"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(320), unique=True)  # normalised
    domain: Mapped[str | None] = mapped_column(String(255), default=_domain)
    name: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[SubscriberState] = mapped_column(words(SubscriberState))
    topics: Mapped[dict[str, Any]] = mapped_column(default=dict)  # slug -> weight
    interests: Mapped[list[str]] = mapped_column(default=list)
    muted: Mapped[list[str]] = mapped_column(default=list)
    max_papers: Mapped[int] = mapped_column(default=10)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("delivery_schedules.id"), index=True)
    summaries: Mapped[int] = mapped_column(server_default="3")
    layout: Mapped[Layout] = mapped_column(
        words(Layout), default=Layout.STANDARD, server_default=Layout.FULL
    )
    language: Mapped[str] = mapped_column(String(16), server_default="en")
    empty_day: Mapped[EmptyDay] = mapped_column(words(EmptyDay), server_default=EmptyDay.SKIP)
    lab: Mapped[InLab] = mapped_column(words(InLab), server_default=InLab.NO, index=True)
    origin: Mapped[Origin] = mapped_column(
        words(Origin), default=Origin.UNKNOWN, server_default=Origin.UNKNOWN
    )
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None] = mapped_column(index=True)
    paused_until: Mapped[dt.date | None]  # the reader's own date on which mail goes on
    # NULL only for a row that was not made by this program: it has no links, and gets no mail.
    nonce: Mapped[bytes | None] = mapped_column(LargeBinary(NONCE_BYTES), default=new_nonce)
    # Only the migration that brought nonces sets it: for whoever was there before.
    former_links: Mapped[bool] = mapped_column(server_default=false())


class EventRow(Base):
    """The append-only record of a subscription: consent, changes, unsubscribing (GDPR 7(1)).

    The subscriber's key is no foreign key: that somebody was erased is remembered, without who.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_kind_at", "kind", "at", "subscriber_id"),  # who came and left, and when
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[EventKind] = mapped_column(words(EventKind))
    at: Mapped[datetime]
    detail: Mapped[dict[str, Any]]


class SuppressionRow(Base):
    """An address that is never mailed again, as a hash: it survives the subscriber's deletion."""

    __tablename__ = "suppressions"

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # suppression_keys
    key_id: Mapped[int | None] = mapped_column(
        ForeignKey(SuppressionKeyRow.id)
    )  # None: SHA-256 without a key, of before; `digest init` changes that
    reason: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(32), server_default="operator")  # who or what did it
    kind: Mapped[FeedbackKind | None] = mapped_column(words(FeedbackKind))  # None: no feedback
    created_at: Mapped[datetime]
