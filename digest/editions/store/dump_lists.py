"""What the loaded dumps listed, and when: of which editions are made."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from digest.ground.database.tables.paper_details import AppearanceRow
from digest.ground.database.tables.papers import DumpRow, DumpStatus


@dataclass(frozen=True, slots=True)
class Seen:
    """One appearance of one paper, from which its trend is computed.

    rank: 0 in a list whose order says nothing. size: how many places the list has.
    """

    paper_id: int
    date: date
    rank: int
    votes: int | None
    size: int | None = None


def newest_dump_date(session: Session, until: date | None = None) -> date | None:
    """Return the date of the newest dump that was loaded; until: of those up to this date."""
    query = select(func.max(DumpRow.date)).where(DumpRow.status == DumpStatus.LOADED)
    if until is not None:
        query = query.where(DumpRow.date <= until)
    return session.scalar(query)


def has_dump(session: Session, first: date, until: date) -> bool:
    """Return whether a dump of these dates was loaded."""
    query = select(DumpRow.id).where(
        DumpRow.status == DumpStatus.LOADED, DumpRow.date.between(first, until)
    )
    return session.scalar(query.limit(1)) is not None


def loaded_since(session: Session, first: date, until: date, moment: datetime) -> bool:
    """Return whether a dump of these dates was loaded, or loaded again, since a moment."""
    query = select(DumpRow.id).where(
        DumpRow.status == DumpStatus.LOADED,
        DumpRow.date.between(first, until),
        DumpRow.ingested_at >= moment,
    )
    return session.scalar(query.limit(1)) is not None


def first_date(on: date, window_days: int) -> date:
    """Return the first of the `window_days` days up to `on`."""
    return date.fromordinal(max(1, on.toordinal() - window_days + 1))


def appearances(session: Session, on: date, window_days: int) -> dict[int, list[Seen]]:
    """Return all appearances of each paper that was listed in the `window_days` days up to `on`.

    Keyed by paper id; appearances after `on` are left out.
    """
    loaded = DumpRow.status == DumpStatus.LOADED
    first = first_date(on, window_days)
    recent = (
        select(AppearanceRow.paper_id)
        .join(DumpRow, AppearanceRow.dump_id == DumpRow.id)
        .where(loaded, DumpRow.date.between(first, on))
    )
    rank = case((DumpRow.unranked.is_(True), 0), else_=AppearanceRow.rank)
    query = (
        select(AppearanceRow.paper_id, DumpRow.date, rank, AppearanceRow.votes, DumpRow.id)
        .join(DumpRow, AppearanceRow.dump_id == DumpRow.id)
        .where(loaded, DumpRow.date <= on, AppearanceRow.paper_id.in_(recent))
    )
    found: dict[int, list[Seen]] = defaultdict(list)
    sizes = _sizes(session, first, on)
    for paper_id, day, rank, votes, dump_id in session.execute(query):
        if day is not None:  # a loaded dump has a date; the column is empty for refused ones
            found[paper_id].append(Seen(paper_id, day, rank, votes, sizes.get(dump_id)))
    return dict(found)


def _sizes(session: Session, first: date, last: date) -> dict[int, int]:
    """Return how many places the dumps of these dates have: dump id -> the last rank."""
    query = (
        select(AppearanceRow.dump_id, func.max(AppearanceRow.rank))
        .join(DumpRow, AppearanceRow.dump_id == DumpRow.id)
        .where(DumpRow.status == DumpStatus.LOADED, DumpRow.date.between(first, last))
        .group_by(AppearanceRow.dump_id)
    )
    return dict(session.execute(query).all())
