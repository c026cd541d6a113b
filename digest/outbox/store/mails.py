"""Mails of the outbox: leased a few at a time, settled by whoever holds the lease."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from digest.delivery.rules.outcome import Outcome
from digest.ground.database.tables.outbox import OutboxRow
from digest.model import DeliveryState, MailKind
from digest.outbox.rules.attempts import date_of
from digest.smtp.replies import codes_of

_RETRIED = (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
_UNSEEN = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """A mail that waits. subscriber_id: 0 for the operator. detail: what it is composed from."""

    id: int
    kind: MailKind
    subscriber_id: int
    event_id: int
    detail: Mapping[str, Any]
    created_at: datetime
    attempts: int
    uncertain_attempts: int
    dated_at: datetime


class Settled(NamedTuple):
    """What became of one mail."""

    mail: OutboxMail
    outcome: Outcome


def has_due(session: Session, now: datetime, *, held: bool = False) -> bool:
    """Return whether a mail could be sent now. held: only alerts could."""
    return session.scalar(select(OutboxRow.id).where(_is_due(now, held)).limit(1)) is not None


def lease(
    session: Session,
    lease: str,
    *,
    worker: str,
    now: datetime,
    until: datetime,
    most: int,
    held: bool = False,
) -> list[OutboxMail]:
    """Lease the oldest mails that are due, at most so many; each goes to one of two racers.

    held: only alerts.
    On PostgreSQL leases are measured by the server's clock, as those of several machines never
    quite agree.
    """
    due = select(OutboxRow).where(_is_due(now, held)).order_by(OutboxRow.id).limit(most)
    rows = session.scalars(due.with_for_update(skip_locked=True)).all()
    for row in rows:
        row.dated_at = date_of(row.created_at, row.dated_at, row.attempts, now)
    session.flush()
    ends: Any = until if _is_sqlite(session) else func.clock_timestamp() + (until - now)
    taken = update(OutboxRow).where(OutboxRow.id.in_([row.id for row in rows]))
    values = {"lease": lease, "worker": worker, "leased_until": ends}
    session.execute(taken.values(values), execution_options=_UNSEEN)
    return [_mail(row) for row in rows]


def leased(session: Session, lease: str) -> list[OutboxMail]:
    """Return the mails that a lease still holds, locked."""
    query = select(OutboxRow).where(OutboxRow.lease == lease).order_by(OutboxRow.id)
    return [_mail(row) for row in session.scalars(query.with_for_update())]


def expired(
    session: Session, *, but: Collection[str], now: datetime
) -> dict[str, list[OutboxMail]]:
    """Return the mails whose lease has run out, by lease, locked. but: leases to leave alone."""
    moment: Any = now if _is_sqlite(session) else func.clock_timestamp()
    query = select(OutboxRow).where(
        OutboxRow.state.in_((DeliveryState.QUEUED, *_RETRIED)),
        OutboxRow.lease.is_not(None),
        OutboxRow.lease.not_in(but),
        OutboxRow.leased_until < moment,
    )
    found: dict[str, list[OutboxMail]] = {}
    for row in session.scalars(query.order_by(OutboxRow.id).with_for_update(skip_locked=True)):
        found.setdefault(row.lease or "", []).append(_mail(row))
    return found


def settle(session: Session, lease: str, settled: Iterable[Settled], *, now: datetime) -> bool:
    """Write what became of leased mails, and give back the others as they were.

    False, and nothing written, when the lease is no longer ours. What is settled for good keeps
    nothing that it was composed from.
    """
    held = select(OutboxRow.id).where(OutboxRow.lease == lease).with_for_update()
    if not session.scalars(held).all():
        return False
    for mail, outcome in settled:
        change = update(OutboxRow).where(OutboxRow.id == mail.id, OutboxRow.lease == lease)
        session.execute(change.values(_values(mail, outcome, now)), execution_options=_UNSEEN)
    freed = update(OutboxRow).where(OutboxRow.lease == lease)
    session.execute(
        freed.values(lease=None, worker=None, leased_until=None), execution_options=_UNSEEN
    )
    return True


def forget_settled(session: Session, before: datetime) -> int:
    """Delete the mails that were settled for good before a moment; return how many."""
    row = OutboxRow
    over = and_(row.state != DeliveryState.QUEUED, row.not_before.is_(None), row.lease.is_(None))
    gone = session.execute(
        delete(row).where(row.created_at < before, row.settled_at < before, over)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _values(mail: OutboxMail, outcome: Outcome, now: datetime) -> dict[str, Any]:
    values = {
        "state": outcome.state,
        "reply": codes_of(outcome.reply) if mail.kind is MailKind.ERASED else outcome.reply,
        "not_before": outcome.not_before,
        "attempts": mail.attempts + outcome.attempted,
        "uncertain_attempts": mail.uncertain_attempts
        + (outcome.state is DeliveryState.UNCERTAIN and outcome.attempted),
        "settled_at": now,
    }
    return values if outcome.not_before else {**values, "detail": {}}


def _is_due(now: datetime, held: bool) -> ColumnElement[bool]:
    again = and_(OutboxRow.state.in_(_RETRIED), OutboxRow.not_before <= now)
    return and_(
        or_(OutboxRow.state == DeliveryState.QUEUED, again),
        OutboxRow.lease.is_(None),
        *([OutboxRow.kind == MailKind.ALERT] if held else []),
    )


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _mail(row: OutboxRow) -> OutboxMail:
    return OutboxMail(
        row.id,
        row.kind,
        row.subscriber_id,
        row.event_id,
        row.detail,
        row.created_at,
        row.attempts,
        row.uncertain_attempts,
        row.dated_at or row.created_at,
    )
