"""Read where a paper stood in the dumps that list it."""

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from digest.ground.database.tables.paper_details import AppearanceRow
from digest.ground.database.tables.papers import DumpRow, DumpStatus
from digest.model import Place


def newest(session: Session, paper_id: int, *, limit: int) -> list[Place]:
    """Return at most `limit` places of a paper, those of the newest dumps first.

    Refused entries keep their rank and are not counted among the entries of a dump, so that a rank
    may be greater; then it is taken for their number.
    """
    row = AppearanceRow
    rank = case((DumpRow.unranked.is_(True), 0), else_=row.rank)
    query = (
        select(DumpRow.date, DumpRow.source, rank, DumpRow.entries, row.votes, row.stars)
        .join(DumpRow, DumpRow.id == row.dump_id)
        .where(row.paper_id == paper_id, DumpRow.status == DumpStatus.LOADED)
        .order_by(DumpRow.date.desc(), row.rank, DumpRow.id)
        .limit(limit)
    )
    return [
        Place(day, source or "", place, max(entries, place), votes, stars)
        for day, source, place, entries, votes, stars in session.execute(query)
        if day is not None  # a loaded dump has a date
    ]
