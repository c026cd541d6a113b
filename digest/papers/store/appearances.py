"""Store where papers stood in dumps."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from digest.ground.database.tables.paper_details import AppearanceRow
from digest.ground.database.tables.papers import DumpRow


def listed_in(session: Session, dump_id: int, paper_ids: Collection[int]) -> set[int]:
    """Return those papers that this dump lists already."""
    query = select(AppearanceRow.paper_id).where(
        AppearanceRow.dump_id == dump_id, AppearanceRow.paper_id.in_(paper_ids)
    )
    return set(session.scalars(query))


def remove_appearances(session: Session, dump_id: int) -> list[tuple[int, int | None]]:
    """Remove the appearances of a dump; return paper ids and votes in order of rank."""
    row = AppearanceRow
    query = select(row.paper_id, row.votes).where(row.dump_id == dump_id).order_by(row.rank)
    places = [(paper_id, votes) for paper_id, votes in session.execute(query)]
    session.execute(delete(row).where(row.dump_id == dump_id))
    return places


def listed_before(
    session: Session, source: str, before: date, paper_ids: Collection[int]
) -> set[int]:
    """Return those papers that a live source listed before a day."""
    query = (
        select(AppearanceRow.paper_id)
        .join(DumpRow, DumpRow.id == AppearanceRow.dump_id)
        .where(DumpRow.source == source, DumpRow.date < before)
        .where(AppearanceRow.paper_id.in_(paper_ids))
    )
    return set(session.scalars(query))


def add_appearances(
    session: Session,
    dump_id: int,
    ranks: Mapping[int, int],
    votes: Mapping[int, int | None] | None = None,
    stars: Mapping[int, int | None] | None = None,
) -> None:
    """Save appearances in one dump. `ranks`: paper id -> rank, each once; the others likewise."""
    counted, starred = votes or {}, stars or {}
    rows = [
        {
            **{"dump_id": dump_id, "paper_id": paper_id, "rank": rank},
            **{"votes": counted.get(paper_id), "stars": starred.get(paper_id)},
        }
        for paper_id, rank in ranks.items()
    ]
    if rows:
        session.execute(insert(AppearanceRow), rows)
