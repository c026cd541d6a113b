"""Count how many readers would get each paper of an edition, before it is sent.

Up to 2,000 readers are all asked about. Of more, 100 groups of 20 neighbours by id are, evenly
spread: neighbours are read together, and how much the groups differ says how far off the counts
may be (cluster sampling: Cochran, Sampling Techniques, 3rd edition, section 9A). It takes some
seconds, so it is done beside the pages, once for each version of an edition, and kept.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from math import ceil, sqrt
from statistics import pstdev

from sqlalchemy.orm import Session

from digest.delivery.composing import is_chosen_for
from digest.delivery.store import due_deliveries
from digest.delivery.store import reach as store
from digest.delivery.store.reach import Reach
from digest.editions.store import offered
from digest.editions.store.editions import OpenEdition
from digest.ground.database.engine import Database
from digest.model import Reader
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.selection import Chooser

GROUPS = 100
GROUP_SIZE = 20


def find(database: Database, edition_id: int) -> Reach | None:
    """Return the newest count of an edition, also of an earlier version; None before the first."""
    with database.read() as session:
        return store.find(session, edition_id)


def count(
    database: Database, edition: OpenEdition, matrix: CandidateMatrix, now: datetime
) -> Reach:
    """Return the count for an edition as it is, made and kept unless there is one."""
    with database.read() as session:
        kept = store.find(session, edition.id)
        if kept is not None and kept.version == edition.version:
            return kept
        ids = store.active_ids(session)
        shared = offered.ids_with_any(session, matrix.paper_ids)
        groups = list(_groups(session, edition, shared, ids, now))
    made = _counted(edition, matrix, groups, len(ids), now)
    with database.write() as session:
        store.save(session, edition.id, made)
    return made


def _groups(
    session: Session, edition: OpenEdition, shared: Sequence[int], ids: Sequence[int], now: datetime
) -> Iterator[list[Reader]]:
    """Yield the readers to be asked about: all of them, or evenly spread groups of neighbours."""
    if len(ids) > GROUPS * GROUP_SIZE:
        starts = [ids[place * len(ids) // GROUPS] - 1 for place in range(GROUPS)]
        for after in starts:
            dues = due_deliveries.would_be_due(
                session, edition.id, shared, after=after, now=now, limit=GROUP_SIZE
            )
            yield [one.reader for one in dues if one.reader is not None]
        return
    last = 0
    while dues := due_deliveries.would_be_due(session, edition.id, shared, after=last, now=now):
        last = dues[-1].subscriber_id
        yield [one.reader for one in dues if one.reader is not None]


def _counted(
    edition: OpenEdition,
    matrix: CandidateMatrix,
    groups: Sequence[Sequence[Reader]],
    readers: int,
    now: datetime,
) -> Reach:
    chooser = Chooser(matrix)
    sampled = sum(map(len, groups))
    counts = [_count_group(chooser, edition, group) for group in groups]
    total = sum(counts, Counter[int]())
    scale = readers / sampled if sampled else 0.0
    exact = readers <= GROUPS * GROUP_SIZE
    return Reach(
        version=edition.version,
        counted_at=now,
        readers=readers,
        sampled=sampled,
        counts={
            paper: (round(found * scale), 0 if exact else _off(paper, counts, readers))
            for paper, found in total.items()
        },
    )


def _count_group(chooser: Chooser, edition: OpenEdition, readers: Sequence[Reader]) -> Counter[int]:
    asked = [reader for reader in readers if is_chosen_for(reader, edition.empty)]
    return Counter(pick.paper_id for picks in chooser.choose(asked) for pick in picks)


def _off(paper: int, counts: Sequence[Counter[int]], readers: int) -> int:
    """Return two standard errors of the number of readers who get a paper."""
    shares = [group[paper] / GROUP_SIZE for group in counts]
    return ceil(2 * pstdev(shares) / sqrt(len(shares)) * readers)
