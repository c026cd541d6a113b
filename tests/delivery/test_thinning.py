"""Old editions are thinned to who got which papers; both databases."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from digest.delivery import thinning
from digest.delivery.rules import packing
from digest.delivery.rules.packing import STATES, PackedDelivery
from digest.delivery.store import blocks, due_deliveries, ledger
from digest.editions.store import editions
from digest.ground.database.tables.delivery import BatchRow, BlockRow, DeliveryRow
from digest.model import DeliveryState
from digest.operations import listings, reader_record
from digest.workers import local
from tests.factories import DAY

pairs = st.binary(min_size=8, max_size=8)
deliveries = st.builds(
    PackedDelivery,
    st.integers(1, 2**39),
    st.sampled_from(STATES),
    st.booleans(),
    st.lists(pairs, max_size=15).map(b"".join),
)


@given(st.lists(deliveries, max_size=30, unique_by=lambda each: each.subscriber_id))
def test_what_is_packed_is_unpacked(some):
    some.sort()
    assert list(packing.unpack(packing.pack(some))) == some


def test_torn_picks_are_refused():
    with pytest.raises(ValueError, match="torn"):
        packing.pack([PackedDelivery(1, DeliveryState.SENT, False, b"torn")])


@pytest.fixture
def old(app, sink, subscribe):
    """An edition of 40 days ago, sent and sealed; one mail failed after a lost reply."""
    subscribe("ann", "bob", "cy", "dan")
    sink.replies = {"bob@example.org": "550 5.1.1 no such user"}
    local.send(app, DAY)
    app.clock.now += timedelta(days=40)
    return app


def thin(app, days=30):
    return thinning.thin(app.database, days, app.clock)


def count(app, table):
    with app.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def sent_papers(app, on=DAY):
    """Return what each reader had before, as a send of another edition sees it."""
    with app.database.read() as session:
        edition = editions.get(session, on)
        found = due_deliveries.would_be_due(session, 0, [edition.id], after=0, now=app.clock())
        return {each.subscriber_id: each.reader.sent for each in found}


def test_nothing_is_thinned_before_its_time_or_for_ever(old):
    assert thin(old, days=60) == 0
    assert thin(old, days=0) == 0
    assert count(old, DeliveryRow) == 4


def test_who_got_which_papers_stays_known_to_the_last_one(old):
    before = sent_papers(old)
    assert any(before.values())
    states = local_states(old)
    with old.database.read() as session:
        edition = editions.get(session, DAY)
        packed = due_deliveries.reader(session, edition.id, [], 1)[1]
    assert thin(old) == 4
    assert (count(old, DeliveryRow), count(old, BatchRow), count(old, BlockRow)) == (0, 0, 1)
    assert sent_papers(old) == before
    assert local_states(old) == states
    with old.database.read() as session:
        assert due_deliveries.reader(session, edition.id, [], 1)[1] == packed
        assert ledger.planned(session, edition.id) == 4
    assert thin(old) == 0


def local_states(app):
    with app.database.read() as session:
        return ledger.states(session, editions.get(session, DAY).id)


def test_a_thinned_edition_is_never_sent_again(old, sink, subscribe):
    thin(old)
    received = len(sink.messages)
    subscribe("new")
    report = local.send(old, DAY)
    assert report.states == {"sent": 3, "failed": 1}
    assert len(sink.messages) == received


def test_a_paper_that_may_have_arrived_counts_as_sent(old):
    with old.database.write() as session:
        session.execute(text("UPDATE deliveries SET uncertain_attempts = 1, state = 'failed'"))
    before = sent_papers(old)
    assert all(before.values())
    thin(old)
    assert sent_papers(old) == before


def test_lists_and_the_record_of_a_reader_show_what_is_left(old):
    thin(old)
    found = list(listings.deliveries(old.database, on=DAY, state=None, address=None))
    assert [one["state"] for one in found] == ["sent", "failed", "sent", "sent"]
    assert found[0]["papers"]
    assert found[0]["email"] == "ann@example.org"
    sent = listings.deliveries(old.database, on=None, state=DeliveryState.SENT, address=None)
    assert len(list(sent)) == 3
    about = reader_record.about(old.database, "ann@example.org", old.clock(), deliveries=5)
    assert about["deliveries"][0]["papers"] == found[0]["papers"]
    (mail,) = reader_record.export(old.database, about["id"])["mails"]
    assert (mail["state"], mail["reply"]) == ("sent", "")


def test_verifying_says_that_the_details_are_gone(old):
    thin(old)
    found = old.seals.verify(DAY, mails=True)
    assert found.problems == []
    assert found.thinned
    assert found.remarks[0].startswith("Its details were thinned on 2026-12-29")


def test_what_is_not_settled_stays(app, sink, subscribe):
    subscribe("ann", "bob")
    sink.replies = {"bob@example.org": "451 4.7.1 later"}
    local.send(app, DAY)
    app.clock.now += timedelta(days=40)
    app.seals.seal()
    assert thin(app) == 0
    assert count(app, DeliveryRow) == 2


def test_a_reader_has_mails_before_and_after_the_limit(old):
    with old.database.write() as session:
        (edition_id, number), *_ = blocks.thinnable(session, date(2027, 1, 1), 5)
        assert blocks.thin(session, edition_id, number, old.clock()) == 4
        assert blocks.thin(session, edition_id, number, old.clock()) == 0
    assert blocks.before(DAY, 30) == DAY - timedelta(days=30)


def test_even_readers_who_agree_on_nothing_pack_to_less_than_20_octets_each():
    rng = random.Random(7)
    papers, reasons = range(1000, 1100), range(1, 60)
    some = []
    for key in range(1, 501):
        own, why = rng.sample(papers, 10), rng.sample(reasons, 5)
        picks = b"".join(
            paper.to_bytes(4, "little") + rng.choice(why).to_bytes(4, "little") for paper in own
        )
        some.append(PackedDelivery(key * 3, DeliveryState.SENT, False, picks))
    assert len(packing.pack(some)) / 500 < 20
