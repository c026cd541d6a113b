"""Rows for tests: dumps with their papers, subscribers, open editions."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from digest.delivery.store import batches, counts, ledger, planning
from digest.delivery.store.batches import Batch, Settlement
from digest.editions.store import editions
from digest.ground.database.engine import Database
from digest.ground.database.tables.delivery import BatchRow
from digest.ground.database.tables.paper_details import AppearanceRow, PaperTopicRow
from digest.ground.database.tables.papers import DumpRow, DumpStatus, PaperRow, RevisionRow
from digest.ground.database.tables.readers import SubscriberRow
from digest.model import (
    Candidate,
    DeliveryState,
    Edition,
    Empty,
    Preferences,
    SubscriberState,
    Trend,
)
from digest.papers.store import papers
from digest.subscribers.store import subscribers
from tests.factories import DAY, NOON

LONG = timedelta(days=10_000)


def store_dump(
    session: Session,
    day: date | None,
    titles: Sequence[str],
    *,
    topics: Mapping[str, Mapping[str, float]] | None = None,
    abstract: str = "We study made-up matter.",
    votes: int | None = None,
    status: DumpStatus = DumpStatus.LOADED,
    at: datetime = NOON,
) -> list[int]:
    """Store a dump that lists papers by title, the first at rank 1; return the papers' ids."""
    dump = DumpRow(
        content_hash=f"{day}{titles}{abstract}"[:64],
        name="dump.txt",
        status=status,
        date=day,
        entries=len(titles),
        ingested_at=at,
    )
    session.add(dump)
    session.flush()
    ids = []
    for rank, title in enumerate(titles, start=1):
        paper = session.scalar(select(PaperRow).where(PaperRow.identity == title))
        if paper is None:
            paper = PaperRow(identity=title, title=title, url="", code_urls=[], project_urls=[])
            session.add(paper)
            session.flush()
            for topic, confidence in (topics or {}).get(title, {}).items():
                session.add(PaperTopicRow(paper_id=paper.id, topic=topic, confidence=confidence))
        session.add(RevisionRow(paper_id=paper.id, dump_id=dump.id, abstract=abstract))
        session.add(AppearanceRow(dump_id=dump.id, rank=rank, paper_id=paper.id, votes=votes))
        ids.append(paper.id)
    session.flush()
    return ids


def store_edition(session: Session, paper_ids: Sequence[int], day: date = DAY) -> int:
    """Open an edition of these papers; return its id."""
    found = papers.load_papers(session, paper_ids)
    candidates = tuple(
        Candidate(found[id_][0], Trend(1 / (place + 2), place + 1, dumps=1, age_days=0))
        for place, id_ in enumerate(paper_ids)
    )
    revisions = {id_: revision for id_, (_, revision) in found.items()}
    edition = Edition(day, NOON, "example.org", candidates)
    return editions.add(session, edition, revisions, opened_at=NOON)


def store_empty_edition(session: Session, day: date, why: Empty) -> int:
    """Open an edition without any paper; return its id."""
    edition = Edition(day, NOON, "example.org", ())
    return editions.add(session, edition, {}, opened_at=NOON + timedelta(days=1), empty=why)


def store_subscribers(
    session: Session,
    count: int,
    *,
    state: SubscriberState = SubscriberState.ACTIVE,
    preferences: Preferences | None = None,
    first: int = 1,
) -> list[int]:
    """Store subscribers reader1@example.org and so on; return their ids."""
    addresses = [f"reader{number}@example.org" for number in range(first, first + count)]
    readers = [(address, "", preferences or Preferences()) for address in addresses]
    subscribers.add_all(session, readers, state=state, now=NOON)
    query = select(SubscriberRow.id, SubscriberRow.address).order_by(SubscriberRow.id)
    ids = {address: id_ for id_, address in session.execute(query)}
    return [ids[address] for address in addresses]


def plan_edition(
    database: Database, readers: int, *, batch_size: int = planning.BATCH_SIZE
) -> tuple[int, list[int], list[int]]:
    """Store and plan an edition for so many readers; return the ids of it, readers, papers."""
    with database.write() as session:
        papers = store_dump(session, DAY, ["Alpha", "Beta", "Gamma"])
        edition_id = store_edition(session, papers)
        ids = store_subscribers(session, readers)
        planning.plan(session, edition_id, batch_size=batch_size)
    return edition_id, ids, papers


def plan(
    database: Database,
    edition_id: int,
    *,
    only: int | None = None,
    batch_size: int = planning.BATCH_SIZE,
) -> int:
    with database.write() as session:
        return planning.plan(session, edition_id, only=only, batch_size=batch_size)


def states(database: Database, edition_id: int) -> dict[DeliveryState, int]:
    """Return the states, after checking that they add up to what was planned."""
    with database.read() as session:
        found = ledger.states(session, edition_id)
        assert sum(found.values()) == ledger.planned(session, edition_id)
        assert counts.states(session, edition_id) == found  # what is kept of it
        return found


def take(
    database: Database,
    edition_id: int,
    *,
    lease: str = "a" * 32,
    now: datetime = NOON,
    length: timedelta = timedelta(),
    only: int | None = None,
) -> Batch | None:
    """Lease a batch in a transaction of its own."""
    with database.write() as session:
        return batches.lease(
            session,
            edition_id,
            lease=lease,
            worker="worker",
            now=now,
            length=length,
            only=only,
        )


def settle(
    database: Database,
    batch: Batch,
    fates: Mapping[int, DeliveryState],
    *,
    not_before: datetime | None = None,
    picks: bytes | None = None,
    now: datetime = NOON,
) -> bool:
    """Settle readers of a batch in a transaction of its own; what waits waits for `not_before`."""
    waits = (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
    settlements = [
        Settlement(
            id_,
            state,
            f"was {state.value}",
            not_before if state in waits else None,
            attempted=state not in (DeliveryState.SKIPPED, DeliveryState.QUEUED),
            picks=picks,
        )
        for id_, state in fates.items()
    ]
    with database.write() as session:
        return batches.settle(session, batch, settlements, now=now)


def let_leases_run_out(database: Database) -> None:
    """Make every lease one that ended long ago, on whatever clock."""
    with database.write() as session:
        is_leased = BatchRow.leased_until.is_not(None)
        session.execute(update(BatchRow).where(is_leased).values(leased_until=NOON - LONG))
