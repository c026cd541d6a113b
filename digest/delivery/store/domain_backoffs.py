"""Recipients' domains that are left alone for a while: shared by all workers, over restarts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from digest.ground.database.engine import insert_new
from digest.ground.database.tables import DomainBackoffRow


@dataclass(frozen=True, slots=True)
class Backoff:
    """That a domain is left alone. times: how often in a row; reply: what it said before."""

    times: int
    until: datetime
    reply: str


def every(session: Session) -> dict[str, Backoff]:
    """Return the rests by domain, also those that are over and that no accepted mail has ended."""
    rows = session.scalars(select(DomainBackoffRow))
    return {row.domain: Backoff(row.times, row.until, row.reply) for row in rows}


def locked(session: Session, domain: str, now: datetime) -> Backoff:
    """Return a domain's rest; nobody else changes it meanwhile. times is 0 when it had none."""
    session.execute(
        insert_new(session, DomainBackoffRow).values(_values(domain, Backoff(0, now, "")))
    )
    query = select(DomainBackoffRow).where(DomainBackoffRow.domain == domain).with_for_update()
    row = session.scalars(query).one()
    return Backoff(row.times, row.until, row.reply)


def keep(session: Session, domain: str, rest: Backoff) -> None:
    """Write a rest down, in the transaction that locked it."""
    change = update(DomainBackoffRow).where(DomainBackoffRow.domain == domain)
    session.execute(change.values(_values(domain, rest)))


def end(session: Session, domain: str) -> None:
    """Forget a domain's rests: it took a mail."""
    session.execute(delete(DomainBackoffRow).where(DomainBackoffRow.domain == domain))


def _values(domain: str, rest: Backoff) -> dict[str, object]:
    return {"domain": domain, "times": rest.times, "until": rest.until, "reply": rest.reply}
