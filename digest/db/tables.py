"""The mapped classes: what the database remembers. Migrations from nothing equal these (tested)."""

import datetime as dt
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from digest.db.columns import UtcDateTime, words
from digest.model import Cadence, Empty, EmptyDay, Layout, State, SubscriberState


class DumpStatus(StrEnum):
    """Whether a dump's papers were taken."""

    LOADED = "loaded"
    REFUSED = "refused"


class BatchState(StrEnum):
    """Whether a batch waits for a worker, has one, or needs none any more."""

    OPEN = "open"
    LEASED = "leased"
    DONE = "done"


class EventKind(StrEnum):
    """What happened to a subscription."""

    ASKED = "asked"  # somebody typed the address into the form
    UNSENT = "unsent"  # the mail that asks for a confirmation could not be handed over
    CONFIRMED = "confirmed"  # whoever reads its mail said yes
    CHANGED = "changed"  # preferences
    PAUSED = "paused"
    RESUMED = "resumed"
    UNSUBSCRIBED = "unsubscribed"
    UNDONE = "undone"  # the event before it was taken back
    ERASED = "erased"
    RENEWED = "renewed"  # the secret address of the personal feed
    REMINDED = "reminded"  # the form was filled in again; a mail said that it was needless


class Base(DeclarativeBase):
    """Every table; constraints are named so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[str]: JSON}


class DumpRow(Base):
    """A document as it came; its identity is the hash of its content, not its name or date."""

    __tablename__ = "dumps"

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


class PaperIdentifierRow(Base):
    """One more way to know a paper: an arXiv id, a DOI, or another title that it had."""

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
    """What a language model answered about one text; empty when the answer may not be shown."""

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


class PaperTopicRow(Base):
    """A topic that the catalogue found in a paper, with its confidence in (0, 1]."""

    __tablename__ = "paper_topics"

    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    confidence: Mapped[float]


class SourceRow(Base):
    """How a live source does; what it is, the operator's file says."""

    __tablename__ = "sources"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_seen_at: Mapped[datetime]
    last_attempt_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_new_at: Mapped[datetime | None]  # when it last brought a list that it had not brought
    last_new: Mapped[int] = mapped_column(default=0)  # papers of that list that nobody had listed
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
    """Who asks a host at the moment: one at a time, however many processes there are."""

    __tablename__ = "source_hosts"

    host: Mapped[str] = mapped_column(String(255), primary_key=True)
    holder: Mapped[str] = mapped_column(String(32))
    held_until: Mapped[datetime]


class RhythmRow(Base):
    """When readers want mail; all readers with the same rhythm share one row."""

    __tablename__ = "rhythms"
    __table_args__ = (UniqueConstraint("cadence", "weekday", "hour", "timezone"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cadence: Mapped[Cadence] = mapped_column(words(Cadence))
    weekday: Mapped[int]
    hour: Mapped[int]
    timezone: Mapped[str] = mapped_column(String(64))
    next_due_at: Mapped[datetime | None]  # None: somebody came or changed; look at it anew
    tried_edition_id: Mapped[int | None]  # planned in this period, and some of its readers wait


class SubscriberRow(Base):
    """An address and what its reader wants. Ids are never used twice: links name them."""

    __tablename__ = "subscribers"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(320), unique=True)  # normalised
    name: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[SubscriberState] = mapped_column(words(SubscriberState))
    topics: Mapped[dict[str, Any]] = mapped_column(default=dict)  # slug -> weight
    interests: Mapped[list[str]] = mapped_column(default=list)
    muted: Mapped[list[str]] = mapped_column(default=list)
    max_papers: Mapped[int] = mapped_column(default=10)
    rhythm_id: Mapped[int] = mapped_column(ForeignKey("rhythms.id"), index=True)
    layout: Mapped[Layout] = mapped_column(words(Layout), server_default=Layout.FULL)
    language: Mapped[str] = mapped_column(String(16), server_default="en")
    empty_day: Mapped[EmptyDay] = mapped_column(words(EmptyDay), server_default=EmptyDay.SKIP)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    paused_until: Mapped[dt.date | None]  # the reader's own date on which mail goes on


class EventRow(Base):
    """The record of a subscription, only ever added to: consent, changes, leaving (GDPR 7(1)).

    The subscriber's key is no foreign key: that somebody was erased is remembered, without who.
    """

    __tablename__ = "events"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[EventKind] = mapped_column(words(EventKind))
    at: Mapped[datetime]
    detail: Mapped[dict[str, Any]]


class VoteRow(Base):
    """What a reader thinks of a paper; a later vote on it replaces the earlier one.

    Votes go with their subscriber: they are nobody's business afterwards.
    """

    __tablename__ = "votes"
    __table_args__ = {"sqlite_with_rowid": False}

    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"), primary_key=True)
    value: Mapped[int]  # 1: more like this, -1: less
    voted_at: Mapped[datetime]


class SuppressionRow(Base):
    """An address that is never mailed again, as a hash: it survives the subscriber's deletion."""

    __tablename__ = "suppressions"

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256, hex
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class PaceRow(Base):
    """How much of a rate limit was used in its running window and the one before.

    name: what is limited ("relay mail.example.org:587"). period: its length in seconds; windows
    are counted from 1970. Shared by all workers, and it outlives them.
    """

    __tablename__ = "paces"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    period: Mapped[int] = mapped_column(primary_key=True)
    window: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int]
    used_before: Mapped[int]
    first_at: Mapped[datetime]


class DomainRestRow(Base):
    """A recipients' domain that is left alone because it put off mail after mail.

    times: rests in a row, none of its mails being accepted between them.
    """

    __tablename__ = "domain_rests"

    domain: Mapped[str] = mapped_column(String(255), primary_key=True)
    times: Mapped[int]
    until: Mapped[datetime]
    reply: Mapped[str] = mapped_column(Text)  # the last one before the rest


class EditionRow(Base):
    """One date's frozen list of candidates; `sends_at` is the Date header of its messages."""

    __tablename__ = "editions"

    id: Mapped[int] = mapped_column(primary_key=True)
    date: Mapped[dt.date] = mapped_column(unique=True)
    opened_at: Mapped[datetime]
    sends_at: Mapped[datetime]
    domain: Mapped[str] = mapped_column(String(255))
    held_at: Mapped[datetime | None]  # since when the pre-flight check keeps it from being sent
    held_reason: Mapped[str | None] = mapped_column(Text)
    paused_at: Mapped[datetime | None]  # nothing of it is leased until it goes on
    paused_reason: Mapped[str | None] = mapped_column(Text)
    cancelled_at: Mapped[datetime | None]  # nothing more of it is ever sent
    cancelled_reason: Mapped[str | None] = mapped_column(Text)
    canary_batch: Mapped[int | None]  # goes first and alone; empty once it was judged
    empty: Mapped[Empty | None] = mapped_column(words(Empty))  # why nothing in it is new
    planned_at: Mapped[datetime | None]  # when deliveries were last added to it


class EditionPaperRow(Base):
    """A candidate, frozen: which text, links and topics, how much it trends and why."""

    __tablename__ = "edition_papers"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("papers.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    links: Mapped[dict[str, Any]]  # url, code_urls, project_urls
    trend: Mapped[dict[str, Any]]  # the fields of model.Trend
    topics: Mapped[dict[str, Any]]  # slug -> confidence
    summary: Mapped[str | None] = mapped_column(Text)  # None: an extract of the abstract


class ReasonRow(Base):
    """A reason that picks point to; (kind, subject) once, so that a pick packs into 8 bytes."""

    __tablename__ = "reasons"
    __table_args__ = (UniqueConstraint("kind", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(Text)


class BatchRow(Base):
    """Up to 500 deliveries of one edition that a worker takes as a whole (ADR 2).

    `lease` names the worker's journal file and fences: whoever holds an older lease settles
    nothing. `not_before` is the next retry of what is still unsettled in it.
    """

    __tablename__ = "batches"
    __table_args__ = (Index("ix_batches_state_edition_id", "state", "edition_id"),)

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    first_subscriber_id: Mapped[int]
    last_subscriber_id: Mapped[int]
    state: Mapped[BatchState] = mapped_column(words(BatchState), default=BatchState.OPEN)
    not_before: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(32))
    worker: Mapped[str | None] = mapped_column(String(255))
    leased_until: Mapped[datetime | None]


class DeliveryRow(Base):
    """The ledger: one message to one subscriber for one edition, and its state.

    The subscriber's key is no foreign key: the ledger outlives an erased subscriber.
    """

    __tablename__ = "deliveries"
    __table_args__ = {"sqlite_with_rowid": False}

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[int]
    day: Mapped[dt.date | None]  # the reader's own date: this is the mail of that period
    state: Mapped[State] = mapped_column(words(State), default=State.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    doubts: Mapped[int] = mapped_column(default=0)  # attempts whose final reply was lost
    not_before: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    reply: Mapped[str | None] = mapped_column(Text)
    picks: Mapped[bytes | None] = mapped_column(LargeBinary)  # db.picks packs them


class ApiKeyRow(Base):
    """A key to the API: only the hash of its secret, what it may do, and whether it still may."""

    __tablename__ = "api_keys"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256, hex
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]  # to the hour
    revoked_at: Mapped[datetime | None]


class IdempotencyRow(Base):
    """A request that names itself: its repeat gets the first answer instead of a second run.

    status: empty while the first one runs. headers, body: the answer as it went out.
    """

    __tablename__ = "idempotency_keys"

    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))  # SHA-256 of method, address and body
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)


class RunRow(Base):
    """What came of one run, as it reported it: for `digest runs`, and for whoever watches."""

    __tablename__ = "runs"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(16), unique=True)  # as in the log lines of the run
    kind: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    trouble: Mapped[str] = mapped_column(Text)  # what the operator should know; empty: nothing
    report: Mapped[dict[str, Any]]


class AlertRow(Base):
    """A trouble, from when it was first seen until it is over; `told_at`: the last mail about it.

    One that comes back later begins anew in the same row.
    """

    __tablename__ = "alerts"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    told_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]


class LatencyRow(Base):
    """How many messages the relay answered within so many milliseconds, over all runs."""

    __tablename__ = "latencies"

    upto_ms: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0: longer
    count: Mapped[int] = mapped_column(BigInteger)
    seconds: Mapped[float]  # all of them together


class TickRow(Base):
    """When each tick of the clock ran last, and what went wrong."""

    __tablename__ = "ticks"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    last_started: Mapped[datetime]
    last_finished: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)  # of the newest run; None: it went well
    last_report: Mapped[dict[str, Any] | None]  # what the newest run that went well had to say
