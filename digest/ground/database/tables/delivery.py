"""Define the tables of editions and of their delivery: the ledger."""

import datetime as dt
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    func,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.columns import Lines, words
from digest.ground.database.tables.base import Base
from digest.ground.database.tables.papers import PaperRow, RevisionRow
from digest.model import ChangeKind, DeliveryState, Empty


class BatchState(StrEnum):
    """Whether a batch waits for a worker, has one, or needs none any more."""

    OPEN = "open"
    LEASED = "leased"
    DONE = "done"


class EditionRow(Base):
    """One date's frozen list of candidates; `sends_at`: when it is due by DIGEST_SEND_HOUR."""

    __tablename__ = "editions"

    id: Mapped[int] = mapped_column(primary_key=True)
    date: Mapped[dt.date] = mapped_column(unique=True)
    opened_at: Mapped[datetime]
    sends_at: Mapped[datetime]
    domain: Mapped[str] = mapped_column(String(255))
    blocked_at: Mapped[datetime | None]  # since when the pre-flight check keeps it from being sent
    blocked_reason: Mapped[str | None] = mapped_column(Text)
    empty: Mapped[Empty | None] = mapped_column(words(Empty))  # why nothing in it is new
    planned_at: Mapped[datetime | None]  # when deliveries were last added to it
    paused_at: Mapped[datetime | None]  # nothing of it is leased until it goes on
    paused_reason: Mapped[str | None] = mapped_column(Text)
    resumed_at: Mapped[datetime | None]  # when it was last let go on
    cancelled_at: Mapped[datetime | None]  # nothing more of it is ever sent
    cancelled_reason: Mapped[str | None] = mapped_column(Text)
    thinned_at: Mapped[datetime | None]  # since when blocks take the place of its deliveries
    canary_batch: Mapped[int | None]  # goes first and alone; empty once it was judged
    catalogue_version: Mapped[int] = mapped_column(server_default="0")  # in force when it opened
    version: Mapped[int] = mapped_column(default=0, server_default="0")  # raised by each change
    begun_at: Mapped[datetime | None]  # when its first batch was leased: it is changed no more
    approve_by: Mapped[datetime | None]  # it goes when approved, or as `approval_late` says then
    approval_late: Mapped[str | None] = mapped_column(String(8))  # send, skip or hold
    approved_at: Mapped[datetime | None]


class EditionPaperRow(Base):
    """A candidate, frozen: which text, links and topics, how much it trends and why."""

    __tablename__ = "edition_papers"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey(PaperRow.id), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey(RevisionRow.id))
    links: Mapped[dict[str, Any]]  # url, code_urls, project_urls
    trend: Mapped[dict[str, Any]]  # the fields of model.Trend
    topics: Mapped[dict[str, Any]]  # slug -> confidence
    summary: Mapped[str | None] = mapped_column(Text)  # None: an extract of the abstract
    authors: Mapped[tuple[str, ...]] = mapped_column(Lines, nullable=True)


class EditionChangeRow(Base):
    """What an editor changed about an edition before it went; undone ones stay (model.Change)."""

    __tablename__ = "edition_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(words(ChangeKind))
    paper_id: Mapped[int | None] = mapped_column(ForeignKey(PaperRow.id), index=True)
    value: Mapped[str] = mapped_column(Text, default="")
    who: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(Text)


class EditionReachRow(Base):
    """How many readers would get each paper of an edition, as counted for one version of it.

    readers: how many are active. sampled: of how many of them the counts are. counts: paper id ->
    how many of the sampled ones get it.
    """

    __tablename__ = "edition_reaches"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    version: Mapped[int]
    counted_at: Mapped[datetime]
    readers: Mapped[int]
    sampled: Mapped[int]
    counts: Mapped[dict[str, Any]]


class ReasonRow(Base):
    """A reason for picks; each (kind, subject) once, so that a pick packs into 8 bytes."""

    __tablename__ = "reasons"
    __table_args__ = (UniqueConstraint("kind", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(Text)


class BatchRow(Base):
    """Up to 500 deliveries of one edition that a worker takes as a whole (ADR 2).

    `lease` names the worker's journal file and fences: a worker with an older lease settles
    nothing. `not_before` is the next retry of what is still unsettled in it. `dated_at` is the Date
    of its messages (rules/dating), whether they are sent already or begun next; empty until then.
    `rows_hash`, `row_tags`: of its settled rows (seals/rules/hashing); empty while they may change.
    `seal_id`: of the newest seal that covers them.
    """

    __tablename__ = "batches"
    __table_args__ = (
        Index("ix_batches_state_edition_id", "state", "edition_id"),
        Index("ix_batches_seal_id_edition_id", "seal_id", "edition_id"),  # for those without
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    first_subscriber_id: Mapped[int]
    last_subscriber_id: Mapped[int]
    state: Mapped[BatchState] = mapped_column(words(BatchState), default=BatchState.OPEN)
    not_before: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(32))
    worker: Mapped[str | None] = mapped_column(String(255))
    leased_until: Mapped[datetime | None]
    dated_at: Mapped[datetime | None]
    rows_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    row_tags: Mapped[bytes | None] = mapped_column(LargeBinary)
    seal_id: Mapped[int | None]


# What a change to a batch's rows sets in that batch: they are to be hashed and sealed again.
UNSEALED = {"rows_hash": None, "row_tags": None, "seal_id": None}


class JournalCopyRow(Base):
    """A portion of a worker's journal, for the case that its machine is lost (ADR 13).

    `high_water_mark`: the highest subscriber id that the worker may have begun by now, and
    until it writes the next one.
    """

    __tablename__ = "journal_copies"

    lease: Mapped[str] = mapped_column(String(32), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    high_water_mark: Mapped[int]
    lines: Mapped[str] = mapped_column(Text)


# The condition of an index of the few deliveries that failed. It is written out: a parameter would
# not tell SQLite that the index has what is wanted.
FAILED = literal_column("deliveries.state = 'failed'", Boolean)


class DeliveryRow(Base):
    """The ledger: one message to one subscriber for one edition, and its state.

    The subscriber's key is no foreign key: the ledger outlives an erased subscriber.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        # On PostgreSQL it holds as little: the migration says so; here it would load its dialect.
        Index(
            "ix_deliveries_failed",
            "edition_id",
            "subscriber_id",
            sqlite_where=text("state = 'failed'"),
        ),
        {"sqlite_with_rowid": False},
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[int]
    day: Mapped[dt.date | None]  # the reader's own date: this is the mail of that period
    state: Mapped[DeliveryState] = mapped_column(words(DeliveryState), default=DeliveryState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    uncertain_attempts: Mapped[int] = mapped_column(
        default=0
    )  # attempts whose final reply was lost
    not_before: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    reply: Mapped[str | None] = mapped_column(Text)
    picks: Mapped[bytes | None] = mapped_column(LargeBinary)  # store/reasons packs them
    dated_at: Mapped[datetime | None]  # the Date of its message, once it is not that of its batch
    mail_hash: Mapped[bytes | None] = mapped_column(LargeBinary)  # of the message last begun


# Joins a delivery to the batch that it is in.
IN_BATCH = and_(BatchRow.edition_id == DeliveryRow.edition_id, BatchRow.number == DeliveryRow.batch)
# The Date of a delivery's mail: its own since it was tried again, else that of its batch.
DATED_AT = func.coalesce(DeliveryRow.dated_at, BatchRow.dated_at, type_=DeliveryRow.dated_at.type)


class BlockRow(Base):
    """The deliveries of a batch, once their details are thinned (ADR 49).

    counts: how many are in each state. packed: see delivery/rules/packing.
    """

    __tablename__ = "delivery_blocks"
    __table_args__ = (
        Index("ix_delivery_blocks_subscribers", "first_subscriber_id", "last_subscriber_id"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_subscriber_id: Mapped[int]
    last_subscriber_id: Mapped[int]
    counts: Mapped[dict[str, Any]]
    packed: Mapped[bytes] = mapped_column(LargeBinary)


class DeliveryCountRow(Base):
    """How many deliveries of a batch are in one state: a sum of the ledger, kept with it.

    Batch 0 stands for all batches of an edition that are thinned. first_at, last_at: when the first
    and the last of them were settled. next_at: the next attempt.
    """

    __tablename__ = "delivery_counts"
    __table_args__ = {"sqlite_with_rowid": False}

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    batch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[DeliveryState] = mapped_column(words(DeliveryState), primary_key=True)
    deliveries: Mapped[int]
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
