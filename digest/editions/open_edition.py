"""Open the edition of the day when there is something new, or as an empty one when there is not.

Any number of processes may call these at any time: the database says what is done already.
"""

from datetime import date, datetime

from sqlalchemy.orm import Session

from digest.catalogues.store import versions
from digest.editions.editions import EditionRules, build_edition, list_offered
from digest.editions.reopening import news_among
from digest.editions.rules.freshness import Freshness
from digest.editions.store import dump_lists, editions
from digest.errors import NotFoundError
from digest.ground.database.engine import Database
from digest.ground.time.due_times import local_date, send_time
from digest.model import Edition, Empty


def open_due(
    database: Database, rules: EditionRules, fresh: Freshness, *, until: date, now: datetime
) -> date | None:
    """Open the edition of the newest dump if it has a paper that no edition had; return its date.

    until: the latest date that may open now. Of several dumps that were missed only the newest
    gets an edition: the papers of the others are in its window. A stale one gets none.
    """
    if not _is_openable(database, fresh, until, now):
        return None
    with database.write() as session:
        editions.lock(session)
        day = dump_lists.newest_dump_date(session, until)
        newest = editions.newest(session)
        if day is None or (newest is not None and newest.date >= day):
            return None  # somebody else has opened it since
        edition, revisions = build_edition(session, day, rules, now)
        if not news_among(session, revisions):
            return None
        waits = rules.waits(edition, now)
        editions.add(session, edition, revisions, opened_at=now, approval=waits)
        return day


def close_day(
    database: Database, rules: EditionRules, fresh: Freshness, *, until: date, now: datetime
) -> Empty | None:
    """Open the edition of a date that has waited long enough with what there is; say why.

    until: the date. Its edition offers the papers of the days before, for those who want their mail
    filled, or weekly. None when nothing is to be closed, as before the first dump, or when its
    papers are new after all. A date on which the edition of an earlier one opened, as its dump was
    late, is not closed: its readers get that edition.
    """
    with database.read() as session:
        begun = dump_lists.newest_dump_date(session, until) is not None
        if not begun or _is_served(session, fresh, until, now) or not fresh.allows(until, now):
            return None
    with database.write() as session:
        editions.lock(session)
        if _is_served(session, fresh, until, now):
            return None
        edition, revisions = _collect_any(session, until, rules, now)
        empty = None if news_among(session, revisions) else _why(session, fresh, until, now)
        waits = rules.waits(edition, now)
        editions.add(session, edition, revisions, opened_at=now, empty=empty, approval=waits)
        return empty


def _is_served(session: Session, fresh: Freshness, day: date, now: datetime) -> bool:
    """Return whether there is an edition of this date, or a fresh one that opened on it."""
    newest = editions.newest_standing(session)
    if newest is None:
        return False
    is_mailed = newest.empty is None and fresh.allows(newest.date, now)
    opened_on = local_date(fresh.timezone, newest.opened_at)
    return newest.date >= day or (is_mailed and opened_on >= day)


def _is_openable(database: Database, fresh: Freshness, until: date, now: datetime) -> bool:
    """Check without the write lock: the scheduler asks every minute, mostly in vain."""
    with database.read() as session:
        day = dump_lists.newest_dump_date(session, until)
        newest = editions.newest(session)
        if day is None or (newest is not None and newest.date >= day) or not fresh.allows(day, now):
            return False
        listed = list_offered(session, day, 1)
        return bool(news_among(session, listed))


def _why(session: Session, fresh: Freshness, day: date, now: datetime) -> Empty:
    newest = dump_lists.newest_dump_date(session, day)
    if newest == day:
        return Empty.NOTHING_NEW
    if newest is None or not fresh.allows(newest, now):
        return Empty.SOURCE_STALE
    return Empty.NO_DUMP


def _collect_any(
    session: Session, day: date, rules: EditionRules, now: datetime
) -> tuple[Edition, dict[int, int]]:
    """Build the edition of a date; one without papers if the whole window is empty."""
    try:
        return build_edition(session, day, rules, now)
    except NotFoundError:
        sends_at = send_time(day, hour=rules.send_hour, zone=rules.timezone, now=now)
        return Edition(day, sends_at, rules.domain, (), versions.in_force(session)), {}
