"""Define the table of votes."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base
from digest.ground.database.tables.papers import PaperRow
from digest.ground.database.tables.readers import SubscriberRow


class VoteRow(Base):
    """A reader's vote on a paper; a later vote replaces the earlier one.

    Votes are deleted with their subscriber.
    """

    __tablename__ = "votes"
    __table_args__ = (
        Index("ix_votes_paper_id_value", "paper_id", "value"),
        {"sqlite_with_rowid": False},
    )

    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey(SubscriberRow.id, ondelete="CASCADE"), primary_key=True
    )
    paper_id: Mapped[int] = mapped_column(ForeignKey(PaperRow.id), primary_key=True)
    value: Mapped[int]  # 1: more like this, -1: less
    voted_at: Mapped[datetime]
