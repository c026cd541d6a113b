"""Define what is known of papers beside their texts: identifiers, topics, places, summaries."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base
from digest.ground.database.tables.papers import DumpRow, PaperRow, RevisionRow


class PaperIdentifierRow(Base):
    """A further name of a paper: an arXiv id, a DOI, or another title that it had."""

    __tablename__ = "paper_identifiers"

    identifier: Mapped[str] = mapped_column(String(255), primary_key=True)  # core.identifiers
    paper_id: Mapped[int] = mapped_column(ForeignKey(PaperRow.id), index=True)


class SummaryRow(Base):
    """The summary of a language model for one revision; empty if it must not be shown."""

    __tablename__ = "summaries"

    revision_id: Mapped[int] = mapped_column(ForeignKey(RevisionRow.id), primary_key=True)
    model: Mapped[str] = mapped_column(String(255), primary_key=True)
    prompt: Mapped[int] = mapped_column(primary_key=True)  # core.written.PROMPT_VERSION
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


class AppearanceRow(Base):
    """A paper's place in one dump; rank 1 is the top."""

    __tablename__ = "appearances"

    dump_id: Mapped[int] = mapped_column(ForeignKey(DumpRow.id), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey(PaperRow.id), index=True)
    votes: Mapped[int | None]
    stars: Mapped[int | None]  # of its code


class PaperTopicRow(Base):
    """A topic that the catalogue found in a paper, with its confidence in (0, 1]."""

    __tablename__ = "paper_topics"

    paper_id: Mapped[int] = mapped_column(ForeignKey(PaperRow.id), primary_key=True)
    topic: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    confidence: Mapped[float]
