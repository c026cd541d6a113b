"""Seal editions of which everything is settled: hash their batches, then chain one more seal."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from importlib.metadata import version
from time import monotonic

from digest.ground.database.engine import Database
from digest.seals.rules.hashing import Seal, hash_batches
from digest.seals.store import inputs, sealed_batches, seals

MOST_SECONDS = 20.0  # a call; the next one goes on
_AT_ONCE = 200  # batches that are looked for at once


def seal_settled(
    database: Database,
    settings: Callable[[int], Mapping[str, str]],
    clock: Callable[[], datetime],
    *,
    seconds: float = MOST_SECONDS,
) -> int:
    """Seal every edition that is settled and not sealed as it is; return how many were.

    An edition that was thinned is sealed once more, by its blocks.

    settings: a hash for each setting that shapes a mail, for the version of the catalogue by which
    an edition was frozen. seconds: after so many the rest is left to the next call. Each batch is a
    transaction of its own, so that senders wait for none of it long.
    """
    ends = monotonic() + seconds
    while monotonic() < ends and (unhashed := _unhashed(database)):
        for edition_id, number in unhashed:
            with database.write() as session:
                sealed_batches.hash_batch(session, edition_id, number)
    with database.read() as session:
        ready = sealed_batches.unsealed_editions(session)
        thinned = sealed_batches.thinned_editions(session)
        found = [(key, seals.catalogue_version(session, key)) for key in [*ready, *thinned]]
    return sum(
        _seal(database, edition_id, settings(version), clock()) for edition_id, version in found
    )


def newest_day(database: Database) -> date | None:
    """Return the date of the newest edition that has a seal; None before the first."""
    with database.read() as session:
        return seals.newest_day(session)


def _unhashed(database: Database) -> list[tuple[int, int]]:
    with database.read() as session:
        return sealed_batches.unhashed(session, limit=_AT_ONCE)


def _seal(database: Database, edition_id: int, settings: Mapping[str, str], now: datetime) -> bool:
    """Add the seal of an edition; False when a batch of it is at work again."""
    with database.write() as session:
        seals.lock(session)
        blocks = sealed_batches.blocks_of(session, edition_id)
        found = blocks or sealed_batches.of_edition(session, edition_id)
        if not all(batch.rows_hash for batch in found):
            return False
        seal = Seal(
            day=seals.date_of(session, edition_id),
            at=now,
            program=version("digest"),
            settings=settings,
            inputs=inputs.hash_inputs(session, edition_id),
            batches=len(found),
            rows=sealed_batches.count_in_blocks(session, edition_id)
            if blocks
            else sealed_batches.count_rows(session, edition_id),
            root=hash_batches((batch.number, batch.rows_hash) for batch in found),
            previous=seals.newest_hash(session),
        )
        seal_id = seals.add(session, edition_id, seal)
        sealed_batches.mark_sealed(session, edition_id, seal_id)
        return True
