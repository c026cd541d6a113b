"""Open a day after all that was closed as empty, once papers have come.

Readers for whom it had nothing are planned anew. Those who got a note, or a mail filled from the
week, have had their mail of the period; the new papers are in their next one.
"""

from datetime import date, datetime

from digest.delivery.store import ledger, periods, planning
from digest.editions.editions import EditionRules, build_edition
from digest.editions.reopening import find_reopenable
from digest.editions.rules.freshness import Freshness
from digest.editions.store import editions
from digest.ground.database.engine import Database
from digest.model import Empty
from digest.render.empty_day import NOTHING_FOR_READER, NOTHING_MATCHES
from digest.subscribers.store import schedules

_FOR_NOTHING = (*(why.value for why in Empty), NOTHING_FOR_READER, NOTHING_MATCHES)


def reopen_if_new(
    database: Database, rules: EditionRules, fresh: Freshness, *, now: datetime
) -> date | None:
    """Give the newest edition its papers, if it was closed as empty and new ones have come.

    Return its date. It waits while a mail of it is under way: an attempt is repeated byte for byte.
    """
    with database.read() as session:  # the scheduler asks every minute, mostly in vain
        if find_reopenable(session, rules.window_days, fresh, now) is None:
            return None
    with database.write() as session:
        periods.lock(session)
        editions.lock(session)
        found = find_reopenable(session, rules.window_days, fresh, now)
        if found is None or ledger.is_under_way(session, found.id):
            return None
        edition, revisions = build_edition(session, found.date, rules, now)
        waits = rules.waits(edition, now)
        editions.reopen(session, found, edition, revisions, now, waits)
        planning.forget_skipped(session, found.id, _FOR_NOTHING)
        schedules.look_again(session)
        return found.date
