"""Plan an edition: queue its deliveries, in new batches."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from digest.delivery.rules.dating import quarter_of
from digest.delivery.store import counts, jobs, periods, restored, stops
from digest.delivery.store.periods import DuePeriods
from digest.editions.store import changes
from digest.ground.database.columns import UtcDateTime
from digest.ground.database.tables.delivery import (
    UNSEALED,
    BatchRow,
    BatchState,
    DeliveryRow,
    EditionRow,
)
from digest.ground.database.tables.readers import SubscriberRow
from digest.model import DeliveryState, SubscriberState

BATCH_SIZE = 500


def plan(
    session: Session,
    edition_id: int,
    *,
    only: int | None = None,
    days: Mapping[int, date] | None = None,
    due: DuePeriods | None = None,
    now: datetime | None = None,
    canary: Callable[[int, int], int] | None = None,
    batch_size: int = BATCH_SIZE,
) -> int:
    """Queue a delivery for every active subscriber who has none for this edition; count them.

    The rows go into new batches of batch_size by subscriber id. Two planners at once queue
    nobody twice: they wait for each other (SQLite: the write lock), and the primary key decides.
    only: plan for this one subscriber. days: schedule id -> date where its readers live, which is
    kept as the one that the mail is for; left out, it counts for no period. due: plan only for
    those whose mail is due. now: when that is, kept with the edition and for the Date of its
    messages. canary: from how many (100 at most) the edition had before and how many come now,
    decides how many of these go first and alone (0: none; batch_size at most). An edition that is
    cancelled, or thinned, gets nobody.
    """
    periods.lock(session)
    edition = changes.locked(session, edition_id)
    if edition.cancelled_at is not None or edition.thinned_at is not None:
        return 0
    last = func.coalesce(func.max(BatchRow.number), 0)
    base = session.scalar(select(last).where(BatchRow.edition_id == edition_id)) or 0
    place = func.row_number().over(order_by=SubscriberRow.id) - 1
    has_one = select(DeliveryRow.subscriber_id).where(
        DeliveryRow.edition_id == edition_id, DeliveryRow.subscriber_id == SubscriberRow.id
    )
    wanted = [SubscriberRow.state == SubscriberState.ACTIVE, ~has_one.exists()]
    if only is not None:
        wanted.append(SubscriberRow.id == only)
    if due is not None:
        wanted.extend(periods.is_due(session, due))
    first = _choose_canary(session, edition_id, base, wanted, canary) if canary else 0
    shift = batch_size - first if first else 0  # so that the first new batch has `first` rows
    readers = select(
        literal(edition_id),
        SubscriberRow.id,
        literal(base + 1) + (place + shift) // batch_size,
        literal(DeliveryState.QUEUED.value),
        literal(0),
        literal(0),
        periods.date_by_schedule(days or {}),
    ).where(*wanted)
    columns = [
        "edition_id",
        "subscriber_id",
        "batch",
        "state",
        "attempts",
        "uncertain_attempts",
        "day",
    ]
    planned = session.execute(
        insert(DeliveryRow).from_select(columns, readers),
        execution_options={"preserve_rowcount": True},  # else PostgreSQL's is lost
    )
    batches = (
        select(
            DeliveryRow.edition_id,
            DeliveryRow.batch,
            func.min(DeliveryRow.subscriber_id),
            func.max(DeliveryRow.subscriber_id),
            literal(BatchState.OPEN.value),
            literal(quarter_of(now) if now else None, UtcDateTime),
        )
        .where(DeliveryRow.edition_id == edition_id, DeliveryRow.batch > base)
        .group_by(DeliveryRow.edition_id, DeliveryRow.batch)
    )
    columns = [
        *("edition_id", "number", "first_subscriber_id", "last_subscriber_id", "state"),
        "dated_at",
    ]
    session.execute(insert(BatchRow).from_select(columns, batches))
    counts.count_edition(session, edition_id, after=base)
    restored.apply(session, edition_id)
    jobs.defer_new(session, edition_id, after=base)
    if now is not None:
        noted = update(EditionRow).where(EditionRow.id == edition_id).values(planned_at=now)
        session.execute(noted)
    return int(planned.rowcount)  # type: ignore[attr-defined]


def forget_skipped(session: Session, edition_id: int, reasons: Collection[str]) -> int:
    """Take back the deliveries that were skipped for these reasons; return how many.

    Their readers can be planned again.
    """
    skipped = delete(DeliveryRow).where(
        DeliveryRow.edition_id == edition_id,
        DeliveryRow.state == DeliveryState.SKIPPED,
        DeliveryRow.reply.in_(reasons),
    )
    changes.locked(session, edition_id)
    session.execute(update(BatchRow).where(BatchRow.edition_id == edition_id).values(UNSEALED))
    forgotten = int(session.execute(skipped).rowcount)  # type: ignore[attr-defined]
    counts.count_edition(session, edition_id)
    return forgotten


def _choose_canary(
    session: Session,
    edition_id: int,
    base: int,
    wanted: Sequence[ColumnElement[bool]],
    canary: Callable[[int, int], int],
) -> int:
    """Return how many of the readers to be planned go first, and note their batch; 0 for none."""
    if stops.canary_batch(session, edition_id) is not None:
        return 0
    some = select(literal(1)).where(DeliveryRow.edition_id == edition_id).limit(100).subquery()
    before = session.scalar(select(func.count()).select_from(some)) or 0
    total = session.scalar(select(func.count(SubscriberRow.id)).where(*wanted)) or 0
    size = canary(before, total)
    if size:
        chosen = update(EditionRow).where(EditionRow.id == edition_id)
        session.execute(chosen.values(canary_batch=base + 1))
    return size
