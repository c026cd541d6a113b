"""Count, once a day, which ranking the votes on a lab's mails speak for.

An edition is counted anew each day for a week after it was opened, from the votes as they are then:
a vote that was changed or withdrawn counts as it is now, and the votes of readers who were erased
or no longer take part do not count. After that its counts stay, and nothing tells whose votes they
were.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from digest.delivery.store import reasons
from digest.ground.database.engine import Database
from digest.lab.rules.credit import net
from digest.lab.rules.verdict import Counts, judge
from digest.lab.store import counts, labs
from digest.lab.store.labs import Lab

OPEN_FOR = timedelta(days=7)  # so long the counts of an edition follow its votes
EVERY = timedelta(hours=20)  # a count a day, also by a task that is not quite punctual


def count(database: Database, now: datetime) -> int:
    """Count the votes of all labs that are due; return how many editions were counted."""
    with database.read() as session:
        due = [lab for lab in labs.countable(session, now - OPEN_FOR) if _is_due(lab, now)]
    return sum(_count_lab(database, lab, now) for lab in due)


def _is_due(lab: Lab, now: datetime) -> bool:
    return lab.counted_at is None or now - lab.counted_at >= EVERY


def _count_lab(database: Database, lab: Lab, now: datetime) -> int:
    with database.read() as session:
        first, last = max(lab.opened_at, now - OPEN_FOR), lab.closed_at or now
        editions = counts.editions_between(session, first, last)
    for edition_id in editions:
        with database.read() as session:
            votes = counts.votes_on(session, edition_id)
            picks = counts.picks_of(session, edition_id, sorted(votes))
        found = count_mails(picks, votes)
        with database.write() as session:
            counts.save(session, lab.id, edition_id, found)
    with database.write() as session:
        labs.note_counted(session, lab.id, now)
        if lab.finding is None:
            of_days = [each.counts for each in counts.of_lab(session, lab.id)]
            finding = judge(of_days, lab.planned).finding
            if finding is not None:
                labs.note_finding(session, lab.id, finding, now)
    return len(editions)


def count_mails(picks: Mapping[int, bytes], votes: Mapping[int, Mapping[int, int]]) -> Counts:
    """Return what the mails of one edition say. picks: packed, by reader. votes: theirs.

    A mail counts once there is a vote on one of its papers; one that is not mixed does not.
    """
    found: Counter[str] = Counter()
    for subscriber_id, packed in picks.items():
        teams = reasons.teams_of(packed) if reasons.are_whole(packed) else None
        mine = votes[subscriber_id]
        if teams is None or mine.keys().isdisjoint(reasons.paper_ids(packed)):
            continue
        lead = net(teams, mine)
        found["a" if lead > 0 else "b" if lead < 0 else "ties"] += 1
    return Counts(found["a"], found["b"], found["ties"])
