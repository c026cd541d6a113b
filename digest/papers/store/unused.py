"""Delete lists that are old, and the papers that nothing needs any more."""

from datetime import date

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from digest.ground.database.tables.delivery import EditionPaperRow
from digest.ground.database.tables.paper_details import (
    AppearanceRow,
    PaperIdentifierRow,
    PaperTopicRow,
    SummaryRow,
)
from digest.ground.database.tables.papers import DumpRow, PaperRow, RevisionRow
from digest.ground.database.tables.votes import VoteRow

MOST = 200  # lists a call: each is a few hundred rows


def delete_before(session: Session, day: date) -> tuple[int, int]:
    """Delete the oldest lists from before a date, and papers that only they had.

    A paper that an edition offered, or that somebody voted on, stays, and so does the list that
    its text came with; mails and archive name it. Returns how many lists and papers were deleted.
    """
    needed = exists().where(RevisionRow.dump_id == DumpRow.id)
    old = list(session.scalars(select(DumpRow.id).where(DumpRow.date < day).limit(MOST)))
    if not old:
        return 0, 0
    session.execute(delete(AppearanceRow).where(AppearanceRow.dump_id.in_(old)))
    gone = list(session.scalars(select(PaperRow.id).where(*_unused())))
    revisions = select(RevisionRow.id).where(RevisionRow.paper_id.in_(gone))
    session.execute(delete(SummaryRow).where(SummaryRow.revision_id.in_(revisions)))
    for table in (RevisionRow, PaperTopicRow, PaperIdentifierRow):
        session.execute(delete(table).where(table.paper_id.in_(gone)))
    session.execute(delete(PaperRow).where(PaperRow.id.in_(gone)))
    lists = delete(DumpRow).where(DumpRow.id.in_(old), ~needed)
    return int(session.execute(lists).rowcount), len(gone)  # type: ignore[attr-defined]


def _unused() -> list[ColumnElement[bool]]:
    """Return the conditions of a paper that no list, edition or vote names."""
    return [
        ~exists().where(table.paper_id == PaperRow.id)
        for table in (AppearanceRow, EditionPaperRow, VoteRow)
    ]
