"""Store who wrote a paper, as the fullest of its lists has it."""

from collections.abc import Collection, Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.papers import PaperRow
from digest.model import Byline
from digest.papers.rules.bylines import fullest


def load(session: Session, paper_ids: Collection[int]) -> dict[int, Byline]:
    """Return paper id -> its byline, an empty one where no list has named anybody."""
    query = select(PaperRow.id, PaperRow.authors, PaperRow.affiliations)
    return {
        paper_id: Byline(authors, affiliations)
        for paper_id, authors, affiliations in session.execute(
            query.where(PaperRow.id.in_(paper_ids))
        )
    }


def keep_fullest(session: Session, listed: Mapping[int, Byline]) -> None:
    """Give papers what a list says of them, where it says more. `listed`: paper id -> byline."""
    if not listed:
        return
    rows = []
    for paper_id, before in load(session, listed).items():
        best = fullest(before, listed[paper_id])
        if best != before:
            names = {"authors": best.authors, "affiliations": best.affiliations}
            rows.append({"id": paper_id, **names})
    if rows:
        session.execute(update(PaperRow), rows)
