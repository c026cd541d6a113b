"""Planning: who gets a delivery, in which batch, and nobody twice, however many plan at once."""

from sqlalchemy import func, select

from digest.delivery.store.planning import BATCH_SIZE
from digest.ground.database.tables.delivery import BatchRow, BatchState, DeliveryRow
from digest.model import DeliveryState, SubscriberState
from tests.races import together
from tests.rows import plan, plan_edition, states, store_subscribers


def test_active_readers_are_planned_and_nobody_else(database):
    edition_id, ids, _ = plan_edition(database, 3)
    with database.write() as session:
        for number, state in enumerate(SubscriberState):
            if state is not SubscriberState.ACTIVE:
                store_subscribers(session, 1, state=state, first=100 + number)
    assert plan(database, edition_id) == 0
    with database.read() as session:
        planned = session.scalars(select(DeliveryRow.subscriber_id)).all()
    assert sorted(planned) == ids
    assert states(database, edition_id) == {DeliveryState.QUEUED: 3}


def test_planning_again_plans_only_who_is_new(database):
    edition_id, ids, _ = plan_edition(database, 2)
    assert plan(database, edition_id) == 0
    with database.write() as session:
        new = store_subscribers(session, 2, first=10)
    assert plan(database, edition_id) == 2
    with database.read() as session:
        rows = session.execute(select(BatchRow.number, BatchRow.first_subscriber_id)).all()
    assert [tuple(row) for row in rows] == [(1, ids[0]), (2, new[0])]


def test_one_reader_alone_can_be_planned(database):
    edition_id, _, _ = plan_edition(database, 0)
    with database.write() as session:
        ids = store_subscribers(session, 3)
        (paused,) = store_subscribers(session, 1, state=SubscriberState.PAUSED, first=10)
    assert plan(database, edition_id, only=ids[1]) == 1
    assert plan(database, edition_id, only=ids[1]) == 0
    assert plan(database, edition_id, only=paused) == 0
    assert plan(database, edition_id, only=999_999) == 0
    assert plan(database, edition_id) == 2


def test_batches_hold_so_many_readers_in_the_order_of_their_ids(database):
    _, ids, _ = plan_edition(database, 2 * BATCH_SIZE + 1)
    with database.read() as session:
        rows = session.scalars(select(BatchRow).order_by(BatchRow.number)).all()
        found = [
            (row.number, row.first_subscriber_id, row.last_subscriber_id, row.state) for row in rows
        ]
    assert found == [
        (1, ids[0], ids[BATCH_SIZE - 1], BatchState.OPEN),
        (2, ids[BATCH_SIZE], ids[2 * BATCH_SIZE - 1], BatchState.OPEN),
        (3, ids[-1], ids[-1], BatchState.OPEN),
    ]


def test_two_who_plan_at_once_plan_nobody_twice(database):
    edition_id, _, _ = plan_edition(database, 0)
    with database.write() as session:
        store_subscribers(session, 700)
    counts = together(*[lambda: plan(database, edition_id)] * 4)
    assert sum(counts) == 700
    assert states(database, edition_id) == {DeliveryState.QUEUED: 700}
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(BatchRow)) == 2
