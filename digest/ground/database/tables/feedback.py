"""Define the tables of what comes back of mail, and of what hides who is suppressed."""

import datetime as dt
from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.columns import words
from digest.ground.database.tables.base import Base
from digest.model import FeedbackKind


class FeedbackRow(Base):
    """A bounce or a complaint as it came. `reference` tells it from every other.

    The subscriber's key is no foreign key: what an edition brought back outlives them.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        Index("ix_feedback_subscriber_id_edition", "subscriber_id", "edition"),
        Index("ix_feedback_edition", "edition"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(255), unique=True)
    kind: Mapped[FeedbackKind] = mapped_column(words(FeedbackKind))
    source: Mapped[str] = mapped_column(String(32))
    subscriber_id: Mapped[int | None]
    edition: Mapped[dt.date | None]
    trusted: Mapped[bool]  # what is not changes no reader
    status: Mapped[str] = mapped_column(String(16))  # enhanced, such as 5.1.1; may be empty
    words: Mapped[str] = mapped_column(Text)  # what was said, without addresses
    at: Mapped[datetime] = mapped_column(index=True)


class SuppressionKeyRow(Base):
    """A key under which suppressed addresses are hashed, wrapped (`wrapped_keys`).

    The first is used for new suppressions; the others came with lists of other instances.
    """

    __tablename__ = "suppression_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
