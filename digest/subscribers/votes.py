"""Record, list and delete votes: more like this, less like this."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from digest.errors import DigestError, InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.papers.rules.identity import identity
from digest.papers.store import listings, papers
from digest.subscribers.opening import Opened, open_all
from digest.subscribers.store import subscribers, votes
from digest.subscribers.store.votes import CastVote

_LARGEST_ID = 2**31 - 1  # what a database can be asked for
_SHOWN = 3  # titles that an ambiguous search names


def vote(
    database: Database, subscriber_id: int, paper_id: int, value: int, *, now: datetime
) -> str:
    """Record what a reader thinks of a paper, in place of an earlier vote; return its title.

    value: 1 asks for more like it, -1 for less (else InputError). NotFoundError when there is no
    such reader or paper.
    """
    if value not in (1, -1):
        raise InputError(f"A vote is 1 (more like this) or -1 (less like this), not {value}.")
    with database.write() as session:
        _check_reader(session, subscriber_id)
        title = listings.find_title(session, paper_id) if 0 < paper_id <= _LARGEST_ID else None
        if title is None:
            raise NotFoundError(f"There is no paper {paper_id}.", hint="digest papers")
        votes.cast(session, subscriber_id, paper_id, value, at=now)
        return title


class Ballot(NamedTuple):
    """A vote by a link: the link's token, the paper, and 1 (more like it) or -1 (less)."""

    token: str
    paper_id: int
    value: int


def vote_all(
    session: Session, links: LinkSigner, ballots: Sequence[Ballot], now: datetime
) -> list[Opened | DigestError]:
    """Record votes (at most ~1,000) by links, each in place of an earlier one on the same paper.

    Return whom each link names; LinkError for an altered link, NotFoundError for no such paper.
    """
    opened = open_all(session, links, [(Purpose.VOTE, one.token) for one in ballots])
    wanted = {one.paper_id for one in ballots if 0 < one.paper_id <= _LARGEST_ID}
    known = listings.titles(session, wanted)
    found: list[Opened | DigestError] = []
    cast: dict[tuple[int, int], int] = {}
    for one, ballot in zip(opened, ballots, strict=True):
        if isinstance(one, Opened) and ballot.paper_id not in known:
            found.append(NotFoundError(f"There is no paper {ballot.paper_id}."))
            continue
        found.append(one)
        if isinstance(one, Opened):
            cast[one.subscriber.id, ballot.paper_id] = ballot.value
    votes.cast_all(session, cast, at=now)
    return found


def reset(database: Database, subscriber_id: int) -> int:
    """Forget all votes of a reader; count them. NotFoundError when there is no such reader."""
    with database.write() as session:
        _check_reader(session, subscriber_id)
        return votes.reset(session, subscriber_id)


def votes_of(database: Database, subscriber_id: int) -> list[CastVote]:
    """Return all votes of a reader, newest first. NotFoundError when there is no such reader."""
    with database.read() as session:
        _check_reader(session, subscriber_id)
        return votes.for_subscriber(session, subscriber_id)


def find_paper(database: Database, title: str) -> int:
    """Return the id of the paper with this title, or with this in its title alone.

    NotFoundError when there is none, InputError when there are several.
    """
    key = identity(title)
    with database.read() as session:
        if exact := papers.find(session, [key]):
            return exact[key]
        found = listings.find_titles(session, title, limit=_SHOWN + 1) if title.strip() else {}
    if not found:
        raise NotFoundError(f"No paper has {title!r} in its title.", hint="digest papers --search")
    if len(found) > 1:
        shown = "; ".join(list(found.values())[:_SHOWN])
        raise InputError(f"Several papers have {title!r} in their titles: {shown}.")
    return next(iter(found))


def _check_reader(session: Session, subscriber_id: int) -> None:
    if subscribers.by_id(session, subscriber_id) is None:
        raise NotFoundError(
            f"There is no subscriber {subscriber_id}.", hint="digest subscribers list"
        )
