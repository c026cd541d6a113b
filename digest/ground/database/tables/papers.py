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


class PaperIdentifierRow(Base):
    """A further name of a paper: an arXiv id, a DOI, or another title that it had."""

    __tablename__ = "paper_identifiers"

    identifier: Mapped[str] = mapped_column(String(255), primary_key=True)  # core.identifiers
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"), index=True)


class RevisionRow(Base):
    """The abstract as one dump had it; a new row only when it changed."""

    __tablename__ = "revisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"), index=True)
    dump_id: Mapped[int] = mapped_column(ForeignKey("dumps.id"))
    abstract: Mapped[str] = mapped_column(Text)


class SummaryRow(Base):
    """The summary of a language model for one revision; empty if it must not be shown."""

    __tablename__ = "summaries"

    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), primary_key=True)
    model: Mapped[str] = mapped_column(String(255), primary_key=True)
    prompt: Mapped[int] = mapped_column(primary_key=True)  # core.written.PROMPT_VERSION
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


class AppearanceRow(Base):
    """A paper's place in one dump; rank 1 is the top."""

    __tablename__ = "appearances"

    dump_id: Mapped[int] = mapped_column(ForeignKey("dumps.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"), index=True)
    votes: Mapped[int | None]
    stars: Mapped[int | None]  # of its code


class PaperTopicRow(Base):
    """A topic that the catalogue found in a paper, with its confidence in (0, 1]."""

    __tablename__ = "paper_topics"

    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    confidence: Mapped[float]


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
