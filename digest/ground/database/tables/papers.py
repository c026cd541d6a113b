"""Define the tables of dumps, of the papers in them, and of live sources."""

import datetime as dt
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.columns import Lines, words
from digest.ground.database.tables.base import Base


class DumpStatus(StrEnum):
    """Whether a dump was loaded."""

    LOADED = "loaded"
    REFUSED = "refused"


class DumpRow(Base):
    """A document as it came; its identity is the hash of its content, not its name or date."""

    __tablename__ = "dumps"
    __table_args__ = (Index("ix_dumps_source_date", "source", "date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256, hex
    name: Mapped[str] = mapped_column(Text)
    status: Mapped[DumpStatus] = mapped_column(words(DumpStatus))
    reason: Mapped[str] = mapped_column(Text, default="")
    date: Mapped[dt.date | None] = mapped_column(index=True)
    entries: Mapped[int] = mapped_column(default=0)
    ingested_at: Mapped[datetime]
    source: Mapped[str | None] = mapped_column(String(64))  # a live one whose list it is
    unranked: Mapped[bool | None]  # its order says nothing; empty is false


class PaperRow(Base):
    """One row per paper, however often it appears; its text is its newest revision."""

    __tablename__ = "papers"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(String(64), unique=True)  # core.identity
    title: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text, default="")
    code_urls: Mapped[list[str]] = mapped_column(default=list)
    project_urls: Mapped[list[str]] = mapped_column(default=list)
    authors: Mapped[tuple[str, ...]] = mapped_column(Lines, nullable=True)  # in their order
    affiliations: Mapped[tuple[str, ...]] = mapped_column(Lines, nullable=True)


class RevisionRow(Base):
    """The abstract as one dump had it; a new row only when it changed."""

    __tablename__ = "revisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"), index=True)
    dump_id: Mapped[int] = mapped_column(ForeignKey("dumps.id"))
    abstract: Mapped[str] = mapped_column(Text)
