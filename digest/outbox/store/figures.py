"""Read the outbox: who was written what, and how much waits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.outbox import OutboxRow
from digest.ground.database.tables.readers import SubscriberRow
from digest.model import DeliveryState, MailKind

_AT_ONCE = 200  # mails that are read together
_WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One mail of the outbox. address: empty once the subscriber was erased, and for an alert."""

    id: int
    kind: MailKind
    subscriber_id: int
    address: str
    subject: str
    state: DeliveryState
    attempts: int
    uncertain_attempts: int
    reply: str
    created_at: datetime
    settled_at: datetime | None
    not_before: datetime | None


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many mails are in which state. since: when the oldest was written that is not sent yet.

    untried, untried_since: of those to readers what was never attempted.
    """

    states: dict[DeliveryState, int]
    waiting: int
    since: datetime | None
    untried: int
    untried_since: datetime | None


def entries(
    session: Session,
    *,
    kind: MailKind | None = None,
    state: DeliveryState | None = None,
    address: str | None = None,
    reply: str | None = None,
    search: str | None = None,
) -> Iterator[OutboxEntry]:
    """Yield the outbox, the newest mail first, some at a time.

    reply: only those whose reply has this in it; `*` stands for anything, `?` for one character.
    search: only to addresses with this in them.
    """
    query = (
        select(OutboxRow, SubscriberRow.address, _shown_state())
        .outerjoin(SubscriberRow, SubscriberRow.id == OutboxRow.subscriber_id)
        .order_by(OutboxRow.id.desc())
        .limit(_AT_ONCE)
    )
    if kind is not None:
        query = query.where(OutboxRow.kind == kind)
    if state is not None:
        query = query.where(_shown_state() == state.value)
    if address is not None:
        query = query.where(SubscriberRow.address == address)
    if reply is not None:
        query = query.where(_reply_matches(reply))
    if search is not None:
        query = query.where(SubscriberRow.address.icontains(search, autoescape=True))
    rows = session.execute(query).all()
    while rows:
        for row, known, word in rows:
            yield _entry(row, known or "", DeliveryState(word))
        rows = session.execute(query.where(OutboxRow.id < rows[-1][0].id)).all()


def of_subscriber(session: Session, subscriber_id: int) -> list[OutboxEntry]:
    """Return the mails to one subscriber, the oldest first, without the address."""
    query = select(OutboxRow, _shown_state()).where(OutboxRow.subscriber_id == subscriber_id)
    rows = session.execute(query.order_by(OutboxRow.id))
    return [_entry(row, "", DeliveryState(word)) for row, word in rows]


def newest_state(session: Session, subscriber_id: int) -> DeliveryState | None:
    """Return the state of the newest mail to a subscriber; None when there is none."""
    query = select(_shown_state()).where(OutboxRow.subscriber_id == subscriber_id)
    word = session.scalar(query.order_by(OutboxRow.id.desc()).limit(1))
    return DeliveryState(word) if word else None


def counts(session: Session) -> OutboxCounts:
    """Count the mails by state."""
    state = _shown_state()
    rows = session.execute(select(state, func.count()).group_by(state))
    states = {DeliveryState(word): count for word, count in rows}
    waits = or_(OutboxRow.state.in_(_WAITING), OutboxRow.not_before.is_not(None))
    query = select(func.count(), func.min(OutboxRow.created_at)).where(waits)
    waiting, since = session.execute(query).one()
    untried = (OutboxRow.state == DeliveryState.QUEUED, OutboxRow.subscriber_id > 0)
    return OutboxCounts(states, waiting, since, *session.execute(query.where(*untried)).one())


def settled_since(session: Session, since: datetime) -> dict[DeliveryState, int]:
    """Count the mails to readers that were attempted after a moment, by state."""
    query = (
        select(OutboxRow.state, func.count())
        .where(
            OutboxRow.settled_at > since, OutboxRow.created_at > since, OutboxRow.subscriber_id > 0
        )
        .group_by(OutboxRow.state)
    )
    return dict(session.execute(query).all())


def queue_again(
    session: Session, *, state: DeliveryState, address: str | None, reply: str | None, dry_run: bool
) -> int:
    """Queue mails to readers again that are in a state; return how many.

    dry_run: count them and change nothing.
    """
    theirs = select(SubscriberRow.id)
    if address is not None:
        theirs = theirs.where(SubscriberRow.address == address)
    chosen = [
        OutboxRow.state == state,
        OutboxRow.lease.is_(None),
        OutboxRow.subscriber_id.in_(theirs),
    ]
    if reply is not None:
        chosen.append(_reply_matches(reply))
    if dry_run:
        return session.scalar(select(func.count()).select_from(OutboxRow).where(*chosen)) or 0
    change = update(OutboxRow).where(*chosen)
    values = {"state": DeliveryState.QUEUED, "not_before": None}
    done = session.execute(change.values(values), execution_options={"synchronize_session": False})
    return int(done.rowcount)  # type: ignore[attr-defined]


def _reply_matches(pattern: str) -> ColumnElement[bool]:
    plain = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    like = plain.replace("*", "%").replace("?", "_")
    return OutboxRow.reply.ilike(f"%{like}%", escape="\\")


def _shown_state() -> ColumnElement[str]:
    """Return the state as shown: what is queued and leased is sending."""
    taken = and_(OutboxRow.lease.is_not(None), OutboxRow.state == DeliveryState.QUEUED)
    return case((taken, literal(DeliveryState.SENDING.value)), else_=OutboxRow.state)


def _entry(row: OutboxRow, address: str, state: DeliveryState) -> OutboxEntry:
    return OutboxEntry(
        row.id,
        row.kind,
        row.subscriber_id,
        address,
        row.subject,
        state,
        row.attempts,
        row.uncertain_attempts,
        row.reply or "",
        row.created_at,
        row.settled_at,
        row.not_before,
    )
