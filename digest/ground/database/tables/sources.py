"""Define the tables of live sources and their hosts."""

import datetime as dt
from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base


class SourceRow(Base):
    """The state of a live source; its settings are in the operator's file."""

    __tablename__ = "sources"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_seen_at: Mapped[datetime]
    last_attempt_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_new_at: Mapped[datetime | None]  # when it last brought a list that it had not brought
    last_new: Mapped[int] = mapped_column(default=0)  # papers of that list that were new
    last_date: Mapped[dt.date | None]  # of the newest list
    last_hash: Mapped[str] = mapped_column(String(64), default="")  # which papers, in no order
    repeating_since: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    error: Mapped[str] = mapped_column(Text, default="")
    not_before: Mapped[datetime | None]  # until when the server asked to be left alone
    validated_url: Mapped[str] = mapped_column(Text, default="")  # whose the next two are
    etag: Mapped[str] = mapped_column(Text, default="")
    last_modified: Mapped[str] = mapped_column(Text, default="")


class SourceHostRow(Base):
    """Which process fetches from a host; one at a time."""

    __tablename__ = "source_hosts"

    host: Mapped[str] = mapped_column(String(255), primary_key=True)
    holder: Mapped[str] = mapped_column(String(32))
    held_until: Mapped[datetime]
