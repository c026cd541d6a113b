"""Count who follows a topic."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Text, cast, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from digest.ground.database.tables.readers import SubscriberRow
from digest.ground.database.tables.topics import TopicFollowersRow
from digest.model import SubscriberState
from digest.papers.store import listings

_STAYING = (SubscriberState.PENDING, SubscriberState.ACTIVE, SubscriberState.PAUSED)


def following(session: Session, slug: str) -> int:
    """Count the readers who follow a topic and have not left; it reads them all."""
    named = cast(SubscriberRow.topics, Text).contains(json.dumps(slug), autoescape=True)
    query = select(func.count()).where(or_(*(SubscriberRow.state == one for one in _STAYING)))
    return session.scalar(query.where(named)) or 0


def count_all(session: Session) -> Counter[str]:
    """Count the active readers of each topic; it reads them all."""
    return listings.count_readers_by_topic(session)


def keep(session: Session, counts: Mapping[str, int], now: datetime) -> None:
    """Keep counts in the place of those before."""
    session.execute(delete(TopicFollowersRow))
    rows = [
        {"topic": topic, "readers": readers, "counted_at": now}
        for topic, readers in counts.items()
        if len(topic) <= 64  # longer is no slug of ours
    ]
    if rows:
        session.execute(insert(TopicFollowersRow), rows)


def kept(session: Session) -> tuple[dict[str, int], datetime | None]:
    """Return the active readers of each topic as of the last count, and when that was."""
    rows = session.execute(select(TopicFollowersRow)).scalars().all()
    counted_at = max((row.counted_at for row in rows), default=None)
    return {row.topic: row.readers for row in rows}, counted_at
