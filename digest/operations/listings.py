"""List papers, topics and the ledger for operators; change nothing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from digest.delivery.store import ledger
from digest.delivery.store.ledger import Entry
from digest.ground.database.engine import Database
from digest.model import DeliveryState
from digest.papers.store import listings
from digest.render.headers import message_id
from digest.subscribers.rules.addresses import normalise
from digest.topics.catalogue import Catalogue

_AT_ONCE = 100  # lines whose titles are looked up together


def papers(
    database: Database, *, topics: Sequence[str], search: str | None, limit: int
) -> list[dict[str, Any]]:
    """List papers by newest dump and rank: title, authors, topics, dumps, newest, links, text."""
    with database.read() as session:
        return listings.list_papers(session, topics=topics, search=search, limit=limit)


def topics(database: Database, catalogue: Catalogue) -> list[dict[str, Any]]:
    """List the catalogue's topics with the papers and the active readers of each."""
    with database.read() as session:
        listed = listings.count_papers_by_topic(session)
        followed = listings.count_readers_by_topic(session)
    return [
        {
            "slug": topic.slug,
            "name": topic.name,
            "group": topic.group,
            "description": topic.description,
            "papers": listed.get(topic.slug, 0),
            "readers": followed.get(topic.slug, 0),
        }
        for topic in catalogue.topics
    ]


def deliveries(
    database: Database,
    *,
    on: date | None,
    state: DeliveryState | None,
    address: str | None,
    reply: str | None = None,
    search: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the ledger's lines, the newest edition first, then by subscriber.

    uncertain: the final reply of some attempt was lost. reply: only those whose reply has this in
    it; `*` and `?` stand for what they usually do. search: only to addresses with this in them.
    """
    known = normalise(address) if address else None
    with database.read() as session:
        found = ledger.entries(
            session,
            edition=on,
            state=state,
            address=known,
            reply=reply,
            search=search,
            newest_first=True,
        )
        titles: dict[int, str] = {}
        while some := list(islice(found, _AT_ONCE)):
            papers = {paper for one in some for paper in one.papers}
            titles.update(listings.titles(session, papers - titles.keys()))
            yield from (delivery_line(one, titles) for one in some)


def deliveries_page(
    database: Database,
    *,
    on: date | None,
    state: DeliveryState | None,
    address: str | None,
    after: tuple[date, int],
    limit: int,
) -> list[dict[str, Any]]:
    """Return the next of the ledger's lines, as `deliveries` has them.

    after: edition and subscriber id of the line before.
    """
    with database.read() as session:
        found = ledger.page(
            session, edition=on, state=state, address=address, after=after, limit=limit
        )
        titles = listings.titles(session, {paper for one in found for paper in one.papers})
    return [delivery_line(one, titles) for one in found]


def delivery_line(one: Entry, titles: Mapping[int, str]) -> dict[str, Any]:
    """Return a line of the ledger as programs read it. titles: of its papers, by id."""
    return {
        "email": one.address,
        "subscriber": one.subscriber_id,
        "edition": one.edition.isoformat(),
        "state": one.state.value,
        "attempts": one.attempts,
        "uncertain": one.uncertain_attempts > 0,
        "message_id": message_id(one.edition, one.subscriber_id, one.domain),
        "reply": one.reply,
        "feedback": one.feedback or None,
        "settled_at": one.settled_at.isoformat() if one.settled_at else None,
        "not_before": one.not_before.isoformat() if one.not_before else None,
        "papers": [titles.get(paper_id, f"#{paper_id}") for paper_id in one.papers],
    }
