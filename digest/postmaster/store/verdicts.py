"""The newest verdict on each requirement, and since when it is so."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digest.ground.database.tables.authentication import PostmasterVerdictRow
from digest.postmaster.rules.compliance import KeptVerdict, State, Verdict


def replace(session: Session, domain: str, found: Collection[Verdict], now: datetime) -> None:
    """Keep these verdicts instead of all of before; a state that lasts keeps its beginning."""
    known = {one.requirement: one for one in all_of(session, domain)}
    session.execute(delete(PostmasterVerdictRow))
    for one in found:
        before = known.get(one.requirement)
        since = before.since if before and before.state is one.state else now
        row = PostmasterVerdictRow(
            domain=domain,
            requirement=one.requirement,
            state=one.state.value,
            reason=one.reason,
            since=since,
            at=now,
        )
        session.add(row)
    session.flush()


def all_of(session: Session, domain: str | None = None) -> Sequence[KeptVerdict]:
    """Return the verdicts, by requirement."""
    query = select(PostmasterVerdictRow).order_by(PostmasterVerdictRow.requirement)
    if domain is not None:
        query = query.where(PostmasterVerdictRow.domain == domain)
    return [
        KeptVerdict(row.domain, row.requirement, State(row.state), row.reason, row.since, row.at)
        for row in session.scalars(query)
    ]
