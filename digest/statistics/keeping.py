"""Keep figures: days that are over, and every hour what takes in all readers."""

from datetime import datetime, timedelta

from digest.ground.database.engine import Database
from digest.ground.time.due_times import local_date
from digest.papers.store import listings
from digest.statistics import days, tables
from digest.statistics.store import daily_counts, figures, readers


def keep(database: Database, zone: str, now: datetime) -> int:
    """Keep all figures as of now; return how many days were counted for good.

    To be called often or seldom, or by two at once, changes nothing but how fresh they are.
    """
    kept = days.keep(database, tables.READERS, readers.count, readers.first_day, zone, now)
    kept += days.keep(
        database,
        tables.FEEDBACK,
        figures.count_feedback,
        figures.first_with_feedback,
        zone,
        now,
        tables.FEEDBACK_SETTLED,
    )
    keep_snapshots(database, zone, now)
    return kept


def keep_snapshots(database: Database, zone: str, now: datetime) -> None:
    """Count readers and papers of topics, and votes on papers: seconds, where there are many.

    They are counted beside the transaction that keeps them, so that nobody waits for it.
    """
    today = local_date(zone, now)
    with database.read() as session:
        followed = listings.count_readers_by_topic(session)
        listed = listings.count_papers_by_topic(session)
        votes = figures.count_votes(session, today - timedelta(days=tables.VOTE_DAYS))
    more = {str(paper): counts[1] for paper, counts in votes.items() if counts[1]}
    less = {str(paper): counts[-1] for paper, counts in votes.items() if counts[-1]}
    with database.write() as session:
        for subject, counts in (
            (tables.TOPIC_READERS, followed),
            (tables.TOPIC_PAPERS, listed),
            (tables.VOTES_MORE, more),
            (tables.VOTES_LESS, less),
        ):
            daily_counts.keep(session, subject, today, counts, now)
        for subject in (tables.VOTES_MORE, tables.VOTES_LESS):
            daily_counts.forget_before(session, subject, today)
