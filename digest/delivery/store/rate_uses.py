"""What was used of rate limits, saved so that they hold over restarts and between workers."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.limits import RateUseRow
from digest.model import RateUse


def locked(
    session: Session, name: str, periods: Collection[int], now: datetime
) -> dict[int, RateUse]:
    """Return what was used of a limit by its periods (seconds); nobody else changes it meanwhile.

    A limit that is used for the first time begins now.
    """
    fresh = {"name": name, "used": 0, "used_before": 0, "first_at": now}
    rows = [fresh | {"period": each, "window": int(now.timestamp()) // each} for each in periods]
    session.execute(insert_new(session, RateUseRow), rows)
    query = select(RateUseRow).where(RateUseRow.name == name, RateUseRow.period.in_(periods))
    found = session.scalars(query.order_by(RateUseRow.period).with_for_update())
    return {
        row.period: RateUse(row.window, row.used, row.used_before, row.first_at) for row in found
    }


def save(session: Session, name: str, uses: Mapping[int, RateUse]) -> None:
    """Save what is used now."""
    for period, use in uses.items():
        session.execute(
            update(RateUseRow)
            .where(RateUseRow.name == name, RateUseRow.period == period)
            .values(window=use.window, used=use.used, used_before=use.used_before)
        )
