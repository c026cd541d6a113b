"""Define the tables of figures over days, kept as sums."""

import datetime as dt
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base


class DailyCountRow(Base):
    """How often something happened on a day, or how much of it there was: nobody's data.

    subject: what was counted, such as "readers". name: which of it; empty: nothing of it, so that a
    day that was counted and had none is told from one that was not counted. at: when it was.
    """

    __tablename__ = "daily_counts"
    __table_args__ = {"sqlite_with_rowid": False}

    subject: Mapped[str] = mapped_column(String(32), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)  # in the zone of the service
    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    count: Mapped[int]
    at: Mapped[datetime]


class ReaderDayRow(Base):
    """How many readers came and left on a day that is over, and how many there were then.

    active, paused, pending: when the day was summed up; None for days of before that was done.
    """

    __tablename__ = "reader_days"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    asked: Mapped[int]  # filled in the form
    joined: Mapped[int]  # confirmed, or were added as active
    left: Mapped[int]
    suppressed: Mapped[int]
    erased: Mapped[int]
    active: Mapped[int | None]
    paused: Mapped[int | None]
    pending: Mapped[int | None]
