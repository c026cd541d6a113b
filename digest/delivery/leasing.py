"""Lease batches: which are due, and taking the next one with a journal of its own."""

import os
import secrets
import socket
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from digest.delivery.store import batches, counts, due_batches, journal_copies
from digest.delivery.store.batches import Batch
from digest.delivery.store.journal import Journal
from digest.editions.rules.freshness import Freshness
from digest.editions.store.editions import OpenEdition
from digest.ground.database.engine import Database
from digest.installation import marks, observing
from digest.installation.store import installation
from digest.model import DeliveryState

LEASE = timedelta(minutes=30)


class LeasedBatch(NamedTuple):
    """A batch that is ours, and the journal of what becomes of it."""

    batch: Batch
    journal: Journal


def due_editions(
    database: Database, fresh: Freshness, *, now: datetime
) -> tuple[dict[date, int], dict[date, int]]:
    """Return the editions with something to send now, and in how many batches: fresh, and stale."""
    with database.read() as session:
        found = due_batches.due_editions(session, now)
    ready = {day: count for day, count in found.items() if fresh.allows(day, now)}
    return ready, {day: count for day, count in found.items() if day not in ready}


def due_batch(database: Database, edition_id: int, number: int, *, now: datetime) -> date | None:
    """Return the date of a batch's edition; None when it is not open and due."""
    with database.read() as session:
        return due_batches.due_batch(session, edition_id, number, now)


def count_waiting(database: Database, edition: OpenEdition) -> tuple[int, int]:
    """Count the open batches, and the deliveries that no run has settled yet."""
    with database.read() as session:
        states = counts.states(session, edition.id)
        unsettled = sum(
            states.get(state, 0) for state in (DeliveryState.QUEUED, DeliveryState.SENDING)
        )
        return batches.count_open(session, edition.id), unsettled


def lease_batch(
    database: Database,
    edition_id: int,
    journals: Path,
    *,
    now: datetime,
    length: timedelta,
    only: int | None = None,
    number: int | None = None,
    opened_at: datetime | None = None,
    version: int | None = None,
) -> LeasedBatch | None:
    """Lease the next due batch of an edition; None when there is none, HeldError when mail is held.

    journals: the folder of the journals. only: the batch of this subscriber. number: this batch.
    opened_at, version: of the edition that is to be sent; none of one that was opened again, or
    changed, since it was read.
    """
    observing.observe(database, marks.folder_beside(journals), now)
    lease = secrets.token_hex(16)
    journal = Journal(journals, lease)
    try:
        with database.write() as session:
            batch = batches.lease(
                session,
                edition_id,
                lease=lease,
                worker=f"{socket.gethostname()}:{os.getpid()}",
                now=now,
                length=length,
                only=only,
                number=number,
                opened_at=opened_at,
                version=version,
            )
            if batch is not None:
                day = installation.day_of(session, batch.edition_id)
                journal.head(batch.edition_id, batch.number, day)
                if not database.is_sqlite:  # other machines may have to go on with it
                    journal_copies.add(session, lease, part=0, high_water_mark=0)
    except BaseException:
        journal.close()  # should the lease stand all the same, the next recovery ends it
        raise
    if batch is None:
        journal.remove()
        return None
    return LeasedBatch(batch, journal)
