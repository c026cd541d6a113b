"""What comes next: which edition opens when, or why none does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from digest.delivery.store import stops
from digest.editions.reopening import find_reopenable
from digest.editions.rules.freshness import Freshness
from digest.editions.store import dump_lists, editions
from digest.ground.time.due_times import local_date
from digest.operations.rules.outlook import OpenDay, Outlook
from digest.settings import Settings

if TYPE_CHECKING:
    from digest.sources.kinds import Source


def find_outlook(
    session: Session, settings: Settings, sources: "Sequence[Source]", now: datetime
) -> Outlook:
    """Return what decides on the next edition."""
    fresh = Freshness(timedelta(hours=settings.stale_after), settings.timezone)
    newest, dump = editions.newest_standing(session), dump_lists.newest_dump_date(session)
    edition = None
    if newest is not None:
        until = fresh.ends(newest.date)
        stop = stops.stop_of(session, newest.id)
        edition = OpenDay(newest.date, newest.papers, newest.empty, until, stop)
    return Outlook(
        now,
        local_date(settings.timezone, now),
        dump,
        fresh.ends(dump) if dump else None,
        edition,
        reopens=find_reopenable(session, settings.window_days, fresh, now) is not None,
        is_fed=bool(sources or settings.sources or settings.watch_dir),
    )
