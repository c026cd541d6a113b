"""Reading the ledger: every delivery once, also of those who are gone."""

from datetime import timedelta

from digest.delivery.store import ledger
from digest.delivery.store.ledger import Entry
from digest.model import DeliveryState
from digest.papers.store import listings
from digest.subscribers.store import erasure
from tests.delivery.store.test_due_deliveries import next_day, packed
from tests.factories import DAY, NOON
from tests.rows import plan_edition, settle, take

LATER = NOON + timedelta(minutes=5)


def entries(database, **wanted):
    with database.read() as session:
        return list(ledger.entries(session, **wanted))


def test_a_line_says_all_that_is_known(database):
    edition_id, ids, papers = plan_edition(database, 2)
    batch = take(database, edition_id)
    settle(
        database, batch, {ids[0]: DeliveryState.UNCERTAIN}, not_before=LATER, picks=packed(*papers)
    )
    first, second = entries(database)
    assert first == Entry(
        edition=DAY,
        domain="example.org",
        subscriber_id=ids[0],
        address="reader1@example.org",
        state=DeliveryState.UNCERTAIN,
        attempts=1,
        uncertain_attempts=1,
        reply="was uncertain",
        settled_at=NOON,
        not_before=LATER,
        papers=tuple(papers),
    )
    assert (second.state, second.reply, second.settled_at, second.papers) == (
        DeliveryState.QUEUED,
        "",
        None,
        (),
    )


def test_lines_come_by_edition_and_reader_and_can_be_chosen(database):
    edition_id, ids, papers = plan_edition(database, 2)
    settle(database, take(database, edition_id), dict.fromkeys(ids, DeliveryState.SENT))
    next_day(database, papers)
    tomorrow = DAY + timedelta(days=1)
    found = [(one.edition, one.subscriber_id) for one in entries(database)]
    assert found == [(day, id_) for day in (DAY, tomorrow) for id_ in ids]
    assert [one.edition for one in entries(database, edition=tomorrow)] == [tomorrow] * 2
    assert [one.edition for one in entries(database, state=DeliveryState.SENT)] == [DAY] * 2
    mine = entries(database, address="reader2@example.org", state=DeliveryState.QUEUED)
    assert [(one.edition, one.subscriber_id) for one in mine] == [(tomorrow, ids[1])]
    assert entries(database, address="nobody@example.org") == []


def test_who_is_in_a_leased_batch_is_being_sent_to(database):
    edition_id, ids, _ = plan_edition(database, 2)
    batch = take(database, edition_id)
    settle(database, batch, {ids[0]: DeliveryState.SENT})
    take(database, edition_id)
    assert [one.state for one in entries(database)] == [DeliveryState.SENT, DeliveryState.SENDING]
    assert [one.subscriber_id for one in entries(database, state=DeliveryState.SENDING)] == [ids[1]]
    assert entries(database, state=DeliveryState.QUEUED) == []
    with database.read() as session:
        assert ledger.states(session, edition_id) == {
            DeliveryState.SENT: 1,
            DeliveryState.SENDING: 1,
        }


def test_the_ledger_outlives_an_erased_subscriber(database):
    edition_id, ids, _ = plan_edition(database, 2)
    settle(database, take(database, edition_id), dict.fromkeys(ids, DeliveryState.SENT))
    with database.write() as session:
        erasure.erase(session, ids[0], NOON)
    assert [(one.subscriber_id, one.address) for one in entries(database)] == [
        (ids[0], ""),
        (ids[1], "reader2@example.org"),
    ]
    with database.read() as session:
        assert ledger.planned(session, edition_id) == 2


def test_more_lines_than_are_held_at_once(database):
    edition_id, ids, _ = plan_edition(database, 1203)
    assert [one.subscriber_id for one in entries(database)] == ids
    with database.read() as session:
        assert ledger.planned(session, edition_id) == 1203


def test_an_edition_that_nobody_was_planned_for_is_empty(database):
    with database.read() as session:
        assert ledger.planned(session, 1) == 0
        assert ledger.states(session, 1) == {}
        assert listings.titles(session) == {}


def test_papers_have_titles(database):
    _, _, papers = plan_edition(database, 0)
    with database.read() as session:
        titles = listings.titles(session)
    assert titles == dict(zip(papers, ["Alpha", "Beta", "Gamma"], strict=True))
