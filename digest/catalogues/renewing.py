"""Classify recent papers anew when a version of the catalogue has come into force.

In pieces, each of which is committed with how far it got: whoever is killed is gone on from. Papers
that were listed longer ago keep their topics, as do editions that are open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from digest.catalogues.store import recent_papers, versions
from digest.catalogues.store.versions import Version
from digest.ground.database.engine import Database
from digest.papers.store import papers

if TYPE_CHECKING:
    from digest.papers.dump_loading import Classify

RECENT_DAYS = 30
# So long after it came into force they are classified once more: a process that was loading a dump
# when it did may have gone by the version before.
SECOND_LOOK = timedelta(minutes=10)
_CHUNK_PAPERS = 200  # a transaction: less than half a second


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the recent papers are classified by the version in force. done, of: papers."""

    version: int
    done: int
    of: int
    finished_at: datetime | None


def first_day(today: date) -> date:
    """Return since when papers are recent. today: in the zone of the service."""
    return today - timedelta(days=RECENT_DAYS)


def is_due(version: Version | None, now: datetime) -> bool:
    """Return whether the recent papers are to be classified by a version; None: none was saved."""
    if version is None:
        return False
    if version.classified_at is None:
        return True
    again = version.saved_at + SECOND_LOOK
    return version.classified_at < again <= now


def renew(
    database: Database,
    number: int,
    classify: "Classify",
    *,
    since: date,
    now: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int | None], None] = lambda *_: None,
) -> int:
    """Classify recent papers by a version that is in force, if it is due; return how many it did.

    number, classify: of that version. It ends early once another version is in force, or `stop`
    says so; the next call goes on. progress: called with (done, of how many).
    """
    with database.read() as session:
        version = versions.get(session, number)
        total = recent_papers.count(session, since)
    if version is None or not is_due(version, now()):
        return 0
    after = 0 if version.classified_at else version.classified_to
    done = 0
    while not stop():
        with database.write() as session:
            if versions.in_force(session) != number:
                return done
            ids = recent_papers.ids(session, since, after=after, limit=_CHUNK_PAPERS)
            if not ids:
                versions.set_progress(session, number, classified_to=after, classified_at=now())
                return done
            texts = recent_papers.texts(session, ids)
            papers.set_topics(session, {key: classify(*text) for key, text in texts.items()})
            after = ids[-1]
            versions.set_progress(session, number, classified_to=after)
        done += len(ids)
        progress(done, total)
    return done


def find_progress(database: Database, since: date) -> Progress | None:
    """Return how far the version in force has got; None before the first version."""
    with database.read() as session:
        version = versions.get(session, versions.in_force(session))
        if version is None:
            return None
        total = recent_papers.count(session, since)
        done = total
        if version.classified_at is None:
            done = recent_papers.count(session, since, up_to=version.classified_to)
    return Progress(version.number, done, total, version.classified_at)
