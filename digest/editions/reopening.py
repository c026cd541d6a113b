"""Find an empty edition for which papers have come since."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from digest.editions.rules.freshness import Freshness
from digest.editions.store import dump_lists, editions, offered
from digest.editions.store.editions import Standing


def find_reopenable(
    session: Session, window_days: int, fresh: Freshness, now: datetime
) -> Standing | None:
    """Return the newest edition if nothing in it was new and papers have come since that are.

    window_days: they were listed in the last so many days. None when the edition was cancelled, or
    is too old to be mailed.
    """
    newest = editions.newest_standing(session)
    if newest is None or newest.empty is None or newest.cancelled:
        return None
    first = dump_lists.first_date(newest.date, window_days)
    came = dump_lists.loaded_since(session, first, newest.date, newest.opened_at)
    if not came or not fresh.allows(newest.date, now):
        return None
    listed = dump_lists.appearances(session, newest.date, window_days)
    return newest if news_among(session, listed) else None


def news_among(session: Session, paper_ids: Collection[int]) -> set[int]:
    """Return which papers no edition has offered."""
    return set(paper_ids) - offered.offered_before(session, sorted(paper_ids))
