"""What of an edition was frozen, and what the editors changed of it, as it is hashed.

An edition that nobody changed is hashed as before there were changes.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.editions.store.changes import shaping
from digest.ground.database.tables.delivery import EditionPaperRow, EditionRow
from digest.ground.database.tables.papers import PaperRow, RevisionRow
from digest.seals.rules.hashing import hash_input


def hash_inputs(session: Session, edition_id: int) -> bytes:
    """Return one hash for the edition, then one for each candidate by position, 32 octets each."""
    return b"".join(hash_input(fields) for fields in _fields(session, edition_id))


def _fields(session: Session, edition_id: int) -> Iterator[list[Any]]:
    row = session.get_one(EditionRow, edition_id)
    changed = [
        [each.kind.value, each.paper_id, each.value] for each in shaping(session, edition_id)
    ]
    frozen_as = [row.date, row.opened_at, row.sends_at, row.domain, row.empty and row.empty.value]
    yield [*frozen_as, changed] if changed else frozen_as
    query = (
        select(
            EditionPaperRow.position,
            EditionPaperRow.paper_id,
            PaperRow.title,
            RevisionRow.abstract,
            EditionPaperRow.links,
            EditionPaperRow.trend,
            EditionPaperRow.topics,
            EditionPaperRow.summary,
            EditionPaperRow.authors,
        )
        .join(PaperRow, EditionPaperRow.paper_id == PaperRow.id)
        .join(RevisionRow, EditionPaperRow.revision_id == RevisionRow.id)
        .where(EditionPaperRow.edition_id == edition_id)
        .order_by(EditionPaperRow.position)
    )
    for frozen in session.execute(query):
        yield [*frozen[:-1], list(frozen.authors or ())]
