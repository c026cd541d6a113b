"""Which papers editions have offered, and which editions offered them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks
from digest.ground.database.tables.delivery import EditionPaperRow


def offered_before(session: Session, paper_ids: Sequence[int]) -> set[int]:
    """Return those papers that an edition has offered already."""
    found: set[int] = set()
    for ids in chunks(paper_ids):
        query = select(EditionPaperRow.paper_id).where(EditionPaperRow.paper_id.in_(ids))
        found.update(session.scalars(query.distinct()))
    return found


def ids_with_any(session: Session, paper_ids: Sequence[int]) -> list[int]:
    """Return the ids of the editions that have any of these papers as a candidate.

    Only their deliveries can hold one of these papers, so only they are read for what a reader
    has been sent before.
    """
    found: set[int] = set()
    for ids in chunks(paper_ids):
        query = select(EditionPaperRow.edition_id).where(EditionPaperRow.paper_id.in_(ids))
        found.update(session.scalars(query.distinct()))
    return sorted(found)
