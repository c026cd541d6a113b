"""Editions that are stopped, and their canary: what the rows say, and how they are changed.

Whoever changes what an edition's batches may become takes the edition's row first, so that a batch
that is settled at the same moment sees the change, or is seen by it.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from digest.delivery.rules.approval import what_comes
from digest.delivery.rules.outcome import KILLED, VANISHED
from digest.delivery.store import counts
from digest.editions.store import editions
from digest.editions.store.changes import locked
from digest.ground.database.tables.delivery import (
    UNSEALED,
    BatchRow,
    BatchState,
    DeliveryRow,
    EditionRow,
)
from digest.model import Approval, DeliveryState, Stop, StopKind
from digest.webhooks.rules.news import News
from digest.webhooks.store import telling

_OURS = (str(KILLED), str(VANISHED))  # replies of what is in doubt by our own doing


@dataclass(frozen=True, slots=True)
class Canary:
    """The batch that goes first. out: a worker has it. counts: its deliveries by state.

    Deliveries that wait without an attempt made are left out of the counts, but those `untouched`
    are still to be sent. What is uncertain because its sender was killed is left out too: that says
    nothing of the mails or the relay.
    """

    out: bool
    untouched: int
    counts: dict[DeliveryState, int]


def stop_of(session: Session, edition_id: int) -> Stop | None:
    """Return what stops an edition, the strongest first: cancelled, paused, unapproved, blocked."""
    row = session.execute(
        select(
            EditionRow.cancelled_at,
            EditionRow.cancelled_reason,
            EditionRow.paused_at,
            EditionRow.paused_reason,
            EditionRow.blocked_at,
            EditionRow.blocked_reason,
            EditionRow.opened_at,
            EditionRow.approve_by,
            EditionRow.approval_late,
            EditionRow.approved_at,
        ).where(EditionRow.id == edition_id)
    ).one_or_none()
    if row is None:
        return None
    if row.cancelled_at is not None:
        return Stop(StopKind.CANCELLED, row.cancelled_at, row.cancelled_reason or "")
    if row.paused_at is not None:
        return Stop(StopKind.PAUSED, row.paused_at, row.paused_reason or "")
    if row.approve_by is not None and row.approved_at is None:
        waits = Approval(row.approve_by, row.approval_late or "")
        return Stop(StopKind.UNAPPROVED, row.opened_at, what_comes(waits))
    if row.blocked_at is not None:
        return Stop(StopKind.BLOCKED, row.blocked_at, row.blocked_reason or "")
    return None


def stopped(session: Session) -> list[tuple[date, Stop, int]]:
    """Return the editions that are paused, unapproved or blocked, and how many batches wait.

    Those of which nothing waits are left out, but for the newest one, unless it is only blocked:
    its readers are still to be planned.
    """
    query = (
        select(EditionRow.id, EditionRow.date, func.count(BatchRow.number).label("batches"))
        .outerjoin(
            BatchRow, and_(BatchRow.edition_id == EditionRow.id, BatchRow.state != BatchState.DONE)
        )
        .where(
            or_(
                EditionRow.paused_at.is_not(None),
                EditionRow.blocked_at.is_not(None),
                ~is_approved(),
            ),
            EditionRow.cancelled_at.is_(None),
        )
        .group_by(EditionRow.id, EditionRow.date)
        .order_by(EditionRow.date)
    )
    newest = editions.newest(session)
    found = []
    for row in session.execute(query):
        stop = stop_of(session, row.id)
        is_next = newest is not None and row.id == newest.id
        if stop and (row.batches or (is_next and stop.kind is not StopKind.BLOCKED)):
            found.append((row.date, stop, row.batches))
    return found


def pause(session: Session, edition_id: int, reason: str, now: datetime) -> bool:
    """Let nothing more of an edition be leased; False when it is stopped for as long already."""
    change = (
        update(EditionRow)
        .where(EditionRow.id == edition_id)
        .where(EditionRow.paused_at.is_(None), EditionRow.cancelled_at.is_(None))
        .values(paused_at=now, paused_reason=reason)
    )
    if not session.execute(change).rowcount:  # type: ignore[attr-defined]
        return False
    telling.tell_edition(session, News.EDITION_PAUSED, edition_id, now, reason=reason)
    return True


def set_blocked(session: Session, edition_id: int, reason: str | None, now: datetime) -> None:
    """Block an edition for a reason, from now unless it is blocked already; None unblocks it."""
    since = None if reason is None else func.coalesce(EditionRow.blocked_at, now)
    change = {"blocked_reason": reason, "blocked_at": since}
    session.execute(update(EditionRow).where(EditionRow.id == edition_id).values(change))


def find_blocked(session: Session, edition_id: int) -> tuple[datetime, str] | None:
    """Return since when and why an edition is blocked; None if it is not."""
    query = select(EditionRow.blocked_at, EditionRow.blocked_reason).where(
        EditionRow.id == edition_id
    )
    row = session.execute(query).one_or_none()
    if row is None or row.blocked_at is None:
        return None
    return row.blocked_at, row.blocked_reason or ""


def resumed_at(session: Session, edition_id: int) -> tuple[date, datetime | None]:
    """Return the date of an edition that exists, and when it was last let go on, if ever."""
    query = select(EditionRow.date, EditionRow.resumed_at).where(EditionRow.id == edition_id)
    found = session.execute(query).one()
    return found.date, found.resumed_at


def resume(session: Session, edition_id: int, now: datetime) -> bool:
    """Let an edition go on; False when it is not paused, or cancelled.

    A canary that is all sent is done with: whoever resumes has judged it.
    """
    change = (
        update(EditionRow)
        .where(EditionRow.id == edition_id)
        .where(EditionRow.paused_at.is_not(None), EditionRow.cancelled_at.is_(None))
        .values(paused_at=None, paused_reason=None, resumed_at=now)
    )
    if not session.execute(change).rowcount:  # type: ignore[attr-defined]
        return False
    judged = canary(session, edition_id)
    if judged is not None and not judged.out and not judged.untouched:
        release_canary(session, edition_id)
    telling.tell_edition(session, News.EDITION_RESUMED, edition_id, now)
    return True


def cancel(session: Session, edition_id: int, reason: str, now: datetime) -> bool:
    """Send nothing more of an edition, ever; False when it is cancelled already.

    What waits is skipped: here for the batches that nobody has, by `batches.settle` for the others.
    """
    change = (
        update(EditionRow)
        .where(EditionRow.id == edition_id, EditionRow.cancelled_at.is_(None))
        .values(cancelled_at=now, cancelled_reason=reason)
    )
    if not session.execute(change).rowcount:  # type: ignore[attr-defined]
        return False
    ours = BatchRow.edition_id == edition_id
    session.execute(update(BatchRow).where(ours).values(UNSEALED))
    close = update(BatchRow).where(ours, BatchRow.state == BatchState.OPEN)
    session.execute(close.values(state=BatchState.DONE, not_before=None))
    nobodys = select(BatchRow.number).where(ours, BatchRow.state == BatchState.DONE)
    skip(session, edition_id, DeliveryRow.batch.in_(nobodys), reason, now)
    counts.count_edition(session, edition_id)
    telling.tell_edition(session, News.EDITION_CANCELLED, edition_id, now, reason=reason)
    return True


def skip(
    session: Session, edition_id: int, which: ColumnElement[bool], reason: str, now: datetime
) -> None:
    """Skip what waits of a cancelled edition; what is uncertain stays so, and is not repeated."""
    theirs = (DeliveryRow.edition_id == edition_id, which)
    waits = DeliveryRow.state.in_([DeliveryState.QUEUED, DeliveryState.DEFERRED])
    values = {"state": DeliveryState.SKIPPED, "reply": f"cancelled: {reason}", "not_before": None}
    session.execute(update(DeliveryRow).where(*theirs, waits).values(settled_at=now, **values))
    doubtful = update(DeliveryRow).where(*theirs, DeliveryRow.not_before.is_not(None))
    session.execute(doubtful.values(not_before=None))


def cancelled(session: Session, edition_id: int) -> str | None:
    """Return why an edition is cancelled, None when it is not; so it is until the transaction ends.

    For who settles a batch: see at the top. Several may settle at once.
    """
    columns = select(EditionRow.cancelled_at, EditionRow.cancelled_reason)
    query = columns.where(EditionRow.id == edition_id).with_for_update(read=True)
    row = session.execute(query).one_or_none()
    return (row.cancelled_reason or "") if row is not None and row.cancelled_at else None


def may_go(edition_id: int, *, alone: bool) -> ColumnElement[bool]:
    """Return the condition on a batch of an edition that it may be leased now.

    alone: for a mail to one reader, which does not wait for the canary.
    """
    runs = [
        EditionRow.id == edition_id,
        EditionRow.paused_at.is_(None),
        EditionRow.cancelled_at.is_(None),
        is_approved(),
    ]
    if not alone:
        canary = EditionRow.canary_batch
        runs.append(or_(canary.is_(None), canary == BatchRow.number))
    return exists().where(*runs).correlate(BatchRow)


def is_approved() -> ColumnElement[bool]:
    """Return the condition on an edition that it waits for nobody's approval."""
    return or_(EditionRow.approve_by.is_(None), EditionRow.approved_at.is_not(None))


def begin(session: Session, edition_id: int, now: datetime) -> bool:
    """Note that an edition begins to be sent; False when it has begun already, or is gone.

    The editors change it no more from then on. Both they and the first lease take the edition's
    row, so one of them sees the other.
    """
    begun = select(EditionRow.id).where(EditionRow.id == edition_id, EditionRow.begun_at.is_(None))
    if session.scalar(begun) is None:  # without a lock: once begun it stays so
        return False
    row = locked(session, edition_id)
    if row.begun_at is not None:
        return False
    set_begun(session, edition_id, now)
    return True


def set_begun(session: Session, edition_id: int, at: datetime | None) -> None:
    """Set when an edition began to be sent; None: it has not."""
    change = update(EditionRow).where(EditionRow.id == edition_id)
    session.execute(change.values(begun_at=at))


def canary_batch(session: Session, edition_id: int) -> int | None:
    """Return the number of the batch that goes first; None when there is none, or it was judged."""
    return session.scalar(select(EditionRow.canary_batch).where(EditionRow.id == edition_id))


def canary(session: Session, edition_id: int) -> Canary | None:
    """Return how the canary of an edition stands; None when it has none (any more)."""
    number = canary_batch(session, edition_id)
    if number is None:
        return None
    ours = (BatchRow.edition_id == edition_id, BatchRow.number == number)
    state = session.scalar(select(BatchRow.state).where(*ours))
    was_tried = DeliveryRow.attempts > literal_column("0")  # one expression, for PostgreSQL
    rows = (
        select(DeliveryRow.state, was_tried, func.count())
        .where(DeliveryRow.edition_id == edition_id, DeliveryRow.batch == number)
        .where(~and_(DeliveryRow.state == DeliveryState.UNCERTAIN, DeliveryRow.reply.in_(_OURS)))
        .group_by(DeliveryRow.state, was_tried)
    )
    counts: dict[DeliveryState, int] = {}
    untouched = 0
    for word, tried, count in session.execute(rows):
        if word is DeliveryState.QUEUED:
            untouched += count
        elif tried or word is DeliveryState.FAILED:  # untried: it could not be composed
            counts[word] = counts.get(word, 0) + count
    return Canary(state is BatchState.LEASED, untouched, counts)


def release_canary(session: Session, edition_id: int) -> None:
    """Let the rest of an edition follow its canary."""
    change = update(EditionRow).where(EditionRow.id == edition_id)
    session.execute(change.values(canary_batch=None))
