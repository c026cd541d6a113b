"""Find editions of which all mail is settled that was planned so far, and note that it was told.

No settling tells it: each would have to ask whether it was the last one. It follows from what is
stored, so no kill loses it.
"""

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.delivery import BatchRow, BatchState, EditionRow
from digest.ground.database.tables.webhooks import WebhookRoundRow, WebhookRow
from digest.webhooks.rules.news import News

_NEWEST = 30  # editions that are looked at


def untold(session: Session) -> list[int]:
    """Return the ids of editions that are settled, which was not told since they were planned.

    What was planned before there was a webhook that is told of it does not count.
    """
    first = _first_wanting(session)
    if first is None:
        return []
    newest = select(EditionRow.id).order_by(EditionRow.date.desc()).limit(_NEWEST)
    open_ = select(BatchRow.edition_id).where(
        BatchRow.edition_id == EditionRow.id, BatchRow.state != BatchState.DONE
    )
    query = (
        select(EditionRow.id)
        .outerjoin(WebhookRoundRow, WebhookRoundRow.edition_id == EditionRow.id)
        .where(
            EditionRow.id.in_(newest),
            EditionRow.planned_at >= first,
            EditionRow.cancelled_at.is_(None),
            or_(
                WebhookRoundRow.planned_at.is_(None),
                WebhookRoundRow.planned_at < EditionRow.planned_at,
            ),
            ~open_.exists(),
        )
    )
    return list(session.scalars(query.order_by(EditionRow.date)))


def take(session: Session, edition_id: int) -> datetime | None:
    """Note that an edition is told to be settled; return when it was planned.

    None when it is not settled any more, or another process was first.
    """
    locked = select(EditionRow.planned_at).where(EditionRow.id == edition_id).with_for_update()
    planned_at = session.scalar(locked)
    if edition_id not in untold(session) or planned_at is None:
        return None
    row = {"edition_id": edition_id, "planned_at": planned_at}
    session.execute(insert_new(session, WebhookRoundRow).values(row))
    told = update(WebhookRoundRow).where(WebhookRoundRow.edition_id == edition_id)
    session.execute(told.values(planned_at=planned_at))
    return planned_at


def _first_wanting(session: Session) -> datetime | None:
    """Return when the oldest webhook that is told of settled editions was made, if there is one."""
    query = select(WebhookRow.created_at, WebhookRow.news).where(WebhookRow.disabled_at.is_(None))
    made = [at for at, news in session.execute(query) if News.EDITION_SENT in news]
    return min(made, default=None)
