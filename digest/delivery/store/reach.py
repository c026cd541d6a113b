"""Store how many readers would get each paper of an edition, and list whom to ask about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_for
from digest.ground.database.tables.delivery import EditionReachRow
from digest.ground.database.tables.readers import SubscriberRow
from digest.model import SubscriberState


@dataclass(frozen=True, slots=True)
class Reach:
    """How many readers would get each paper, counted for one version of an edition.

    readers: how many were to be mailed. sampled: of how many of them it is known. counts: paper id
    -> about how many get it, and how far off that may be (two standard errors; 0: it is exact).
    """

    version: int
    counted_at: datetime
    readers: int
    sampled: int
    counts: Mapping[int, tuple[int, int]]


def save(session: Session, edition_id: int, reach: Reach) -> None:
    """Keep a count instead of the one before."""
    values = {
        "version": reach.version,
        "counted_at": reach.counted_at,
        "readers": reach.readers,
        "sampled": reach.sampled,
        "counts": {str(paper): list(count) for paper, count in reach.counts.items()},
    }
    add = insert_for(session)(EditionReachRow).values(edition_id=edition_id, **values)
    session.execute(add.on_conflict_do_update(index_elements=["edition_id"], set_=values))


def find(session: Session, edition_id: int) -> Reach | None:
    """Return the newest count of an edition; None before the first."""
    row = session.get(EditionReachRow, edition_id, populate_existing=True)
    if row is None:
        return None
    counts = {int(paper): (about, off) for paper, (about, off) in row.counts.items()}
    return Reach(row.version, row.counted_at, row.readers, row.sampled, counts)


def active_ids(session: Session) -> list[int]:
    """Return the ids of all active readers, in their order."""
    active = SubscriberRow.state == SubscriberState.ACTIVE
    return list(session.scalars(select(SubscriberRow.id).where(active).order_by(SubscriberRow.id)))
