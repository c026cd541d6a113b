"""Feedback as it came: a row each, and what is counted of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, delete, func, select
from sqlalchemy.orm import Session

from digest.bounces.rules.classification import Blocked
from digest.bounces.rules.scoring import Told
from digest.ground.database.statements import insert_new
from digest.ground.database.tables.feedback import FeedbackRow
from digest.ground.database.tables.readers import EventKind, EventRow, SubscriberRow
from digest.model import Feedback, FeedbackKind, SubscriberState
from digest.subscribers.store.suppressions import BOUNCES


class Addressee(NamedTuple):
    """A subscriber whom feedback is about."""

    id: int
    address: str
    state: SubscriberState


class StoredFeedback(NamedTuple):
    """A piece of feedback about a reader's mail as it is stored."""

    id: int
    kind: FeedbackKind
    at: datetime
    source: str
    edition: date | None
    trusted: bool
    status: str
    words: str

    @property
    def detail(self) -> dict[str, Any]:
        """What it says, as JSON values."""
        edition = self.edition.isoformat() if self.edition else None
        said = {"source": self.source, "status": self.status, "words": self.words}
        return {"edition": edition, "trusted": self.trusted, **said}


def add(session: Session, found: Sequence[Feedback], now: datetime) -> set[str]:
    """Store feedback; return the references of what was not stored before."""
    rows = [
        {
            "reference": one.reference,
            "kind": one.kind,
            "source": one.source,
            "subscriber_id": one.subscriber_id,
            "edition": one.edition,
            "trusted": one.trusted,
            "status": one.status,
            "words": one.words,
            "at": now,
        }
        for one in found
    ]
    query = insert_new(session, FeedbackRow).returning(FeedbackRow.reference)
    return set(session.scalars(query, rows))


def told(session: Session, subscriber_ids: Collection[int]) -> dict[int, list[Told]]:
    """Return what trusted feedback said of subscribers (at most ~1,000) since they were let in."""
    lifted = _last_lifted(session, subscriber_ids)
    columns: tuple[Any, ...] = (FeedbackRow.subscriber_id, FeedbackRow.kind, FeedbackRow.at)
    query = select(*columns).where(
        FeedbackRow.subscriber_id.in_(subscriber_ids), FeedbackRow.trusted
    )
    found: dict[int, list[Told]] = defaultdict(list)
    for subscriber_id, kind, at in session.execute(query):
        if subscriber_id not in lifted or at > lifted[subscriber_id]:
            found[subscriber_id].append(Told(kind, at))
    return found


def of_subscriber(session: Session, subscriber_id: int) -> list[StoredFeedback]:
    """Return what was said of a reader's mail, trusted or not, the oldest first."""
    row = FeedbackRow
    columns: tuple[Any, ...] = (
        *(row.id, row.kind, row.at, row.source, row.edition, row.trusted, row.status, row.words),
    )
    query = select(*columns).where(row.subscriber_id == subscriber_id).order_by(row.id)
    return [StoredFeedback(*found) for found in session.execute(query)]


def take_refusals(session: Session, edition: date, source: str) -> dict[int, datetime]:
    """Delete what a source said of an edition that counts as a bounce; return of whom, and when."""
    gone = (
        delete(FeedbackRow)
        .where(FeedbackRow.edition == edition, FeedbackRow.source == source)
        .where(FeedbackRow.kind.in_(BOUNCES), FeedbackRow.subscriber_id.is_not(None))
        .returning(FeedbackRow.subscriber_id, FeedbackRow.at)
    )
    return {reader: at for reader, at in session.execute(gone) if reader is not None}


def addressees(
    session: Session, ids: Collection[int], addresses: Collection[str]
) -> list[Addressee]:
    """Return the subscribers with these ids or normalised addresses (at most ~1,000)."""
    query = select(SubscriberRow.id, SubscriberRow.address, SubscriberRow.state).where(
        SubscriberRow.id.in_(ids) | SubscriberRow.address.in_(addresses)
    )
    return [Addressee(*row) for row in session.execute(query)]


def count_of_edition(
    session: Session, edition: date, *, since: datetime | None = None
) -> dict[FeedbackKind, int]:
    """Return of how many readers' mail of an edition something was said, by kind.

    since: only what was said after that moment.
    """
    which = FeedbackRow.edition == edition
    return _counts(session, which if since is None else and_(which, FeedbackRow.at > since))


def first_edition(session: Session) -> date | None:
    """Return the first edition of whose mails something was said."""
    return session.scalar(select(func.min(FeedbackRow.edition)))


def count_since(session: Session, since: datetime) -> dict[FeedbackKind, int]:
    """Return of how many mails something was said from a moment on, by kind."""
    return _counts(session, FeedbackRow.at >= since)


def count_untrusted(session: Session, since: datetime) -> int:
    """Return how much feedback came from a moment on that nobody vouched for."""
    query = select(func.count()).select_from(FeedbackRow)
    return session.scalar(query.where(FeedbackRow.at >= since, ~FeedbackRow.trusted)) or 0


def blocked(session: Session, since: datetime, limit: int = 3) -> list[Blocked]:
    """Return what was said of us from a moment on, the most frequent first."""
    query = (
        select(FeedbackRow.words, func.count(), func.max(FeedbackRow.at))
        .where(FeedbackRow.at >= since, FeedbackRow.kind == FeedbackKind.BLOCKED)
        .where(FeedbackRow.trusted)
        .group_by(FeedbackRow.words)
        .order_by(func.count().desc(), FeedbackRow.words)
    )
    return [Blocked(*row) for row in session.execute(query.limit(limit))]


def delete_before(session: Session, before: datetime) -> int:
    """Delete what came before a moment; return how much."""
    gone = session.execute(delete(FeedbackRow).where(FeedbackRow.at < before))
    return gone.rowcount  # type: ignore[attr-defined, no-any-return]


def _counts(session: Session, which: ColumnElement[bool]) -> dict[FeedbackKind, int]:
    mails = (
        select(FeedbackRow.kind, FeedbackRow.subscriber_id, FeedbackRow.edition)
        .where(which, FeedbackRow.trusted)
        .distinct()
        .subquery()
    )
    query: Select[FeedbackKind, int] = select(mails.c.kind, func.count()).group_by(mails.c.kind)
    return dict(session.execute(query).all())


def _last_lifted(session: Session, subscriber_ids: Collection[int]) -> dict[int, datetime]:
    query = (
        select(EventRow.subscriber_id, func.max(EventRow.at))
        .where(EventRow.subscriber_id.in_(subscriber_ids), EventRow.kind == EventKind.LIFTED)
        .group_by(EventRow.subscriber_id)
    )
    return dict(session.execute(query).all())
