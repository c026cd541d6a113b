"""Backoff of recipients' domains: shared by all workers, and kept over restarts."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete as delete_from
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.limits import DomainBackoffRow


@dataclass(frozen=True, slots=True)
class Backoff:
    """Until when a domain gets no mail. times: how often in a row; reply: what it said before."""

    times: int
    until: datetime
    reply: str


def list_all(session: Session) -> dict[str, Backoff]:
    """Return all backoffs by domain, also those that are over before any mail was accepted."""
    rows = session.scalars(select(DomainBackoffRow))
    return {row.domain: Backoff(row.times, row.until, row.reply) for row in rows}


def locked(session: Session, domain: str, now: datetime) -> Backoff:
    """Return a domain's backoff, locked in this transaction. times is 0 when it had none."""
    session.execute(
        insert_new(session, DomainBackoffRow).values(_values(domain, Backoff(0, now, "")))
    )
    query = select(DomainBackoffRow).where(DomainBackoffRow.domain == domain).with_for_update()
    row = session.scalars(query).one()
    return Backoff(row.times, row.until, row.reply)


def save(session: Session, domain: str, backoff: Backoff) -> None:
    """Save a backoff, in the transaction that locked it."""
    change = update(DomainBackoffRow).where(DomainBackoffRow.domain == domain)
    session.execute(change.values(_values(domain, backoff)))


def delete(session: Session, domain: str) -> None:
    """Delete a domain's backoff: it accepted a mail."""
    session.execute(delete_from(DomainBackoffRow).where(DomainBackoffRow.domain == domain))


def _values(domain: str, backoff: Backoff) -> dict[str, object]:
    return {"domain": domain, **asdict(backoff)}
