"""Votes: what readers think of papers, one row a reader and paper."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks, insert_for
from digest.ground.database.tables.papers import PaperRow, RevisionRow
from digest.ground.database.tables.votes import VoteRow
from digest.model import Paper, Vote

COUNTED = 100  # a reader's newest votes that count; older ones are kept and say nothing
_VALUES = (1, -1)  # another one, written by nobody of ours, says nothing


@dataclass(frozen=True, slots=True)
class CastVote:
    """A vote as it is listed."""

    paper_id: int
    title: str
    value: int
    voted_at: datetime


def cast(session: Session, subscriber_id: int, paper_id: int, value: int, *, at: datetime) -> None:
    """Record a vote in place of an earlier one on the same paper; both ids are known ones."""
    cast_all(session, {(subscriber_id, paper_id): value}, at=at)


def cast_all(session: Session, cast: Mapping[tuple[int, int], int], *, at: datetime) -> None:
    """Record votes as `cast` does. cast: values by subscriber and paper."""
    rows = [
        {"subscriber_id": reader, "paper_id": paper, "value": value, "voted_at": at}
        for (reader, paper), value in sorted(cast.items())
    ]
    if not rows:
        return
    added = insert_for(session)(VoteRow)
    replaced = {"value": added.excluded.value, "voted_at": added.excluded.voted_at}
    keys = ["subscriber_id", "paper_id"]
    session.execute(added.on_conflict_do_update(index_elements=keys, set_=replaced), rows)


def counts(session: Session, subscriber_ids: Collection[int]) -> dict[int, int]:
    """Return how many votes each of these subscribers (at most ~1,000) has cast, if any."""
    query = select(VoteRow.subscriber_id, func.count()).where(
        VoteRow.subscriber_id.in_(subscriber_ids)
    )
    return dict(session.execute(query.group_by(VoteRow.subscriber_id)).all())


def values(session: Session, subscriber_id: int, paper_ids: Sequence[int]) -> dict[int, int]:
    """Return the votes of a subscriber on some papers (at most ~500), by paper."""
    query = select(VoteRow.paper_id, VoteRow.value).where(
        VoteRow.subscriber_id == subscriber_id, VoteRow.paper_id.in_(paper_ids)
    )
    return dict(session.execute(query).all())


def withdraw(session: Session, subscriber_id: int, paper_id: int) -> None:
    """Forget the vote of a subscriber on one paper; harmless without one."""
    votes = (VoteRow.subscriber_id == subscriber_id, VoteRow.paper_id == paper_id)
    session.execute(delete(VoteRow).where(*votes))


def reset(session: Session, subscriber_id: int) -> int:
    """Forget all votes of a subscriber; count them."""
    gone = session.execute(delete(VoteRow).where(VoteRow.subscriber_id == subscriber_id))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def for_subscriber(session: Session, subscriber_id: int) -> list[CastVote]:
    """Return all votes of a subscriber, newest first."""
    query = (
        select(VoteRow.paper_id, PaperRow.title, VoteRow.value, VoteRow.voted_at)
        .join(PaperRow, PaperRow.id == VoteRow.paper_id)
        .where(VoteRow.subscriber_id == subscriber_id)
        .order_by(VoteRow.voted_at.desc(), VoteRow.paper_id)
    )
    return [CastVote(*row) for row in session.execute(query)]


def between(
    session: Session, first: int, last: int, *, counted: int = COUNTED
) -> dict[int, tuple[Vote, ...]]:
    """Return the newest votes, newest first, of the subscribers with ids `first` to `last`.

    counted: how many of each subscriber. One look into the primary key when nobody there has voted.
    A paper comes with the abstract that it first had: that text never changes, so neither does what
    the same votes mean.
    """
    wanted = {"first": first, "last": last, "counted": counted}
    rows = session.execute(_newest(), wanted).all()
    if not rows:
        return {}
    papers = _papers(session, sorted({paper_id for _, paper_id, _ in rows}))
    found: dict[int, list[Vote]] = defaultdict(list)
    for subscriber_id, paper_id, value in rows:
        if value in _VALUES:
            found[subscriber_id].append(Vote(papers[paper_id], value))
    return {subscriber_id: tuple(votes) for subscriber_id, votes in found.items()}


@cache
def _newest() -> Select[Any]:
    """The :counted newest votes of the subscribers with ids :first to :last.

    Kept, as to put it together takes ten times as long as to learn that nobody has voted.
    """
    place = func.row_number().over(
        partition_by=VoteRow.subscriber_id, order_by=(VoteRow.voted_at.desc(), VoteRow.paper_id)
    )
    ordered = (
        select(VoteRow.subscriber_id, VoteRow.paper_id, VoteRow.value, place.label("place"))
        .where(VoteRow.subscriber_id.between(bindparam("first"), bindparam("last")))
        .subquery()
    )
    return (
        select(ordered.c.subscriber_id, ordered.c.paper_id, ordered.c.value)
        .where(ordered.c.place <= bindparam("counted"))
        .order_by(ordered.c.subscriber_id, ordered.c.place)
    )


def _papers(session: Session, paper_ids: Sequence[int]) -> dict[int, Paper]:
    """Return title and first abstract of papers, each once for all who voted on it."""
    first = (
        select(RevisionRow.abstract)
        .where(RevisionRow.paper_id == PaperRow.id)
        .order_by(RevisionRow.id)
        .limit(1)
        .scalar_subquery()
    )
    found: dict[int, Paper] = {}
    for ids in chunks(paper_ids):
        query = select(PaperRow.id, PaperRow.title, first).where(PaperRow.id.in_(ids))
        found.update((row[0], Paper(*row)) for row in session.execute(query))
    return found
