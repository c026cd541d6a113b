"""Store the summaries of a language model, by revision, model and prompt."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks, insert_new
from digest.ground.database.tables.paper_details import SummaryRow


def existing(
    session: Session, revision_ids: Sequence[int], *, model: str, prompt: int
) -> dict[int, str]:
    """Return revision id -> summary for those that were answered; "" for a refused answer."""
    found: dict[int, str] = {}
    for ids in chunks(revision_ids):
        query = select(SummaryRow.revision_id, SummaryRow.text).where(
            SummaryRow.revision_id.in_(ids),
            SummaryRow.model == model,
            SummaryRow.prompt == prompt,
        )
        found.update((id_, text) for id_, text in session.execute(query))
    return found


def save(
    session: Session, revision_id: int, text: str, *, model: str, prompt: int, now: datetime
) -> None:
    """Save an answer; the first one stays, so that two runs at once agree."""
    row = {
        "revision_id": revision_id,
        "model": model,
        "prompt": prompt,
        "text": text,
        "written_at": now,
    }
    session.execute(insert_new(session, SummaryRow), row)
