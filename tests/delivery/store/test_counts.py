"""What is kept of each batch is what counting the ledger says, whatever was done to it."""

from datetime import timedelta

from sqlalchemy import func, select

from digest.delivery import thinning
from digest.delivery.store import counts, ledger, planning, restored, retries, stops
from digest.editions.store import changes
from digest.ground.database.tables.delivery import DeliveryCountRow, DeliveryRow
from digest.installation.sent_log import SentBatch
from digest.model import DeliveryState
from digest.seals import sealing
from tests.factories import DAY, NOON
from tests.rows import plan, plan_edition, settle, store_subscribers, take

LATER = NOON + timedelta(minutes=5)


def agreed(database, edition_id):
    """Return the counts of an edition, after comparing them with its rows, batch by batch."""
    columns = (DeliveryRow.batch, DeliveryRow.state)
    times = (DeliveryRow.settled_at, DeliveryRow.settled_at, DeliveryRow.not_before)
    figures = (
        func.count(),
        *(f(one) for f, one in zip((func.min, func.max, func.min), times, strict=True)),
    )
    rows = select(*columns, *figures).where(DeliveryRow.edition_id == edition_id)
    kept = select(
        DeliveryCountRow.batch,
        DeliveryCountRow.state,
        DeliveryCountRow.deliveries,
        DeliveryCountRow.first_at,
        DeliveryCountRow.last_at,
        DeliveryCountRow.next_at,
    ).where(DeliveryCountRow.edition_id == edition_id, DeliveryCountRow.batch > counts.THINNED)
    with database.read() as session:
        found = set(map(tuple, session.execute(kept)))
        assert found == set(map(tuple, session.execute(rows.group_by(*columns))))
        states = counts.states(session, edition_id)
        assert states == ledger.states(session, edition_id)
    return states


def some_outcomes(database):
    """Plan seven in batches of three, and settle the first batch."""
    edition_id, ids, _ = plan_edition(database, 7, batch_size=3)
    fates = {
        ids[0]: DeliveryState.SENT,
        ids[1]: DeliveryState.FAILED,
        ids[2]: DeliveryState.SKIPPED,
    }
    settle(database, take(database, edition_id), fates)
    return edition_id, ids


def test_planned_and_planned_once_more(database):
    edition_id, _, _ = plan_edition(database, 7, batch_size=3)
    assert agreed(database, edition_id) == {DeliveryState.QUEUED: 7}
    with database.write() as session:
        store_subscribers(session, 2, first=8)
    plan(database, edition_id, batch_size=3)
    assert agreed(database, edition_id) == {DeliveryState.QUEUED: 9}


def test_settled_deferred_and_in_the_hands_of_a_worker(database):
    edition_id, ids = some_outcomes(database)
    deferred = {ids[3]: DeliveryState.DEFERRED, ids[4]: DeliveryState.UNCERTAIN}
    settle(database, take(database, edition_id), deferred, not_before=LATER)
    assert agreed(database, edition_id)[DeliveryState.DEFERRED] == 1
    take(database, edition_id)
    found = agreed(database, edition_id)
    assert found[DeliveryState.SENDING] == 1
    with database.read() as session:
        by_state = counts.of_edition(session, edition_id)
    assert by_state[DeliveryState.DEFERRED].next == LATER
    assert by_state[DeliveryState.SENT].since == by_state[DeliveryState.SENT].until == NOON


def test_cancelled(database):
    edition_id, _ = some_outcomes(database)
    take(database, edition_id)  # what a worker has is skipped when it settles it
    with database.write() as session:
        changes.locked(session, edition_id)
        stops.cancel(session, edition_id, "a mistake", NOON)
    assert agreed(database, edition_id)[DeliveryState.SKIPPED] == 2


def test_queued_again(database):
    edition_id, _ = some_outcomes(database)
    with database.write() as session:
        assert retries.queue_again(session, DAY, now=NOON, state=DeliveryState.FAILED) == 1
    assert DeliveryState.FAILED not in agreed(database, edition_id)


def test_settled_from_a_log_after_a_restore(database):
    edition_id, ids = some_outcomes(database)
    batch = SentBatch(DAY, edition_id, 2, frozenset({ids[3]}), frozenset({ids[6]}))
    with database.write() as session:
        restored.note(session, batch, NOON)
    assert agreed(database, edition_id)[DeliveryState.UNCERTAIN] == 2


def test_skipped_and_forgotten(database):
    edition_id, _ = some_outcomes(database)
    with database.write() as session:
        assert planning.forget_skipped(session, edition_id, ["was skipped"]) == 1
    assert DeliveryState.SKIPPED not in agreed(database, edition_id)


def test_thinned_editions_keep_a_row_a_state(database):
    edition_id, ids = some_outcomes(database)
    for _ in range(2):
        batch = take(database, edition_id)
        members = range(batch.first_subscriber_id, batch.last_subscriber_id + 1)
        settle(database, batch, dict.fromkeys(members, DeliveryState.SENT), now=LATER)
    before = agreed(database, edition_id)
    sealing.seal_settled(database, lambda _version: {}, lambda: LATER)
    assert thinning.thin(database, 1, lambda: LATER + timedelta(days=9)) == len(ids)
    assert agreed(database, edition_id) == before
    with database.read() as session:
        rows = session.scalars(select(DeliveryCountRow.batch)).all()
        sent = counts.of_edition(session, edition_id)[DeliveryState.SENT]
        assert counts.count_sent(session, DAY) == before[DeliveryState.SENT]
    assert set(rows) == {counts.THINNED}
    assert (sent.since, sent.until) == (NOON, LATER)


def test_a_word_that_is_no_state_counts_as_failed(database):
    edition_id, ids = some_outcomes(database)
    with database.write() as session:
        session.connection().exec_driver_sql(
            f"UPDATE deliveries SET state = 'odd' WHERE subscriber_id = {ids[0]}"  # noqa: S608
        )
        changes.locked(session, edition_id)
        counts.count_edition(session, edition_id)
    with database.read() as session:
        assert counts.states(session, edition_id)[DeliveryState.FAILED] == 2
    with database.write() as session:
        counts.count_batches(session, edition_id, [1])
    with database.read() as session:
        assert counts.states(session, edition_id) == ledger.states(session, edition_id)
