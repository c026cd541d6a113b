"""Define the tables of the topic catalogue: its versions, and how many readers follow a topic."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base


class CatalogueVersionRow(Base):
    """A version of the catalogue, which is only ever added to: the newest is in force.

    Version 0 has no row: it is the catalogue file.
    """

    __tablename__ = "catalogue_versions"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str | None] = mapped_column(Text)  # TOML; None: the catalogue file
    file_hash: Mapped[str] = mapped_column(String(64))  # of that file when this was saved
    saved_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(String(320))
    why: Mapped[str] = mapped_column(Text)
    takes_back: Mapped[int | None]  # this version and every newer one
    classified_to: Mapped[int] = mapped_column(default=0)  # papers up to this id are done
    classified_at: Mapped[datetime | None]  # when the recent papers were done


class TopicFollowersRow(Base):
    """How many active readers follow a topic, as of the last count."""

    __tablename__ = "topic_followers"

    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    readers: Mapped[int]
    counted_at: Mapped[datetime]
