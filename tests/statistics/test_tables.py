"""Figures over days: what the tables say is what was done, counted here by hand."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from digest.bounces.store import feedback as feedback_store
from digest.delivery.store import counts, ledger
from digest.errors import InputError
from digest.ground.database.tables.operation import RunRow
from digest.ground.database.tables.papers import DumpRow
from digest.model import DeliveryState, Feedback, FeedbackKind
from digest.statistics import days, growth, keeping, tables
from digest.statistics.days import SETTLED
from digest.statistics.store import daily_counts, figures, readers
from digest.subscribers import suppression, unsubscribe
from digest.subscribers.store import erasure, events, subscribers, votes
from digest.subscribers.store.events import EventKind
from tests.factories import DAY, NOON
from tests.rows import plan_edition, settle, store_dump, store_subscribers, take

TODAY = NOON.date()


def table(database, name, *, now=NOON, **of):
    view = {"zone": "UTC", "now": now, "days": 30, "topics": {"agents": "Agents"}, **of}
    return tables.make(database, [name], **view)[0]


def row_of(found, first):
    """Return a row by its first cell, as names and cells."""
    (row,) = [row for row in found.rows if row[0] == first]
    return dict(zip((column.name for column in found.columns), row, strict=True))


def record(database, subscriber_id, kind, at, /, **detail):
    with database.write() as session:
        return events.record(session, subscriber_id, kind, at=at, detail=detail)


def some_days_of_readers(database):
    """Let eight join yesterday, and seven leave today, each in a way of their own."""
    yesterday = NOON - timedelta(days=1)
    with database.write() as session:
        ids = store_subscribers(session, 8)
        for id_ in ids:
            subscribers.confirm_all(session, [id_], yesterday)
    for id_ in (ids[0], ids[6]):  # of the others nothing is recorded
        record(database, id_, EventKind.CONFIRMED, yesterday)
    for id_ in ids[:2]:
        unsubscribe.unsubscribe(database, id_, NOON)
    with database.write() as session:
        found = subscribers.by_id(session, ids[2])
        step = unsubscribe.end(session, found, NOON, source="reply")
    record(database, ids[2], EventKind.UNDONE, NOON, event=step.undo)
    unsubscribe.unsubscribe(database, ids[7], NOON, source="console")
    suppression.suppress(database, "reader4@example.org", "asked by letter", NOON)
    bounce = {"from": "active", "source": "relay", "kind": "hard"}
    record(database, ids[4], EventKind.SUPPRESSED, NOON, **bounce)
    record(database, ids[5], EventKind.SUPPRESSED, NOON, **{**bounce, "kind": "complaint"})
    # Somebody who had left before is suppressed: nobody more has left.
    record(database, ids[0], EventKind.SUPPRESSED, NOON, **{**bounce, "from": "unsubscribed"})
    with database.write() as session:
        erasure.erase(session, ids[6], NOON)
    return ids


def test_who_joined_and_who_left_and_why(database):
    some_days_of_readers(database)
    found = table(database, "readers")
    assert len(found.rows) == 30
    yesterday = row_of(found, TODAY - timedelta(days=1))
    assert (yesterday["joined"], yesterday["left"]) == (8, 0)
    assert row_of(found, TODAY) == {
        "day": TODAY,
        "joined": 0,
        "came back": 1,
        "by link": 2,
        "by reply": 1,
        "by the operator": 2,
        "bounced": 1,
        "complained": 1,
        "left": 7,
        "erased": 1,
    }


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_growth_says_the_same_as_the_table_of_readers(database, zone):
    some_days_of_readers(database)
    later = NOON + timedelta(days=1)
    growth.sum_up(database, zone, later)
    days = {day.day: day for day in growth.growth(database, zone, later, 30)}
    counted = table(database, "readers", now=later, zone=zone)
    shown = {row[0]: row_of(counted, row[0]) for row in counted.rows}
    assert sum(day.joined for day in days.values()) == 8
    for on, day in days.items():
        said = shown[on]
        assert (day.joined, day.erased) == (said["joined"], said["erased"])
        assert day.suppressed == said["bounced"] + said["complained"]
        assert day.left + day.suppressed == said["left"]


def test_days_that_are_kept_are_what_counting_them_says(database):
    some_days_of_readers(database)
    fresh = table(database, "readers", now=NOON + timedelta(days=3)).rows
    keeping.keep(database, "UTC", NOON + timedelta(days=3))
    with database.read() as session:
        kept = daily_counts.load(session, tables.READERS, TODAY - timedelta(days=90), TODAY)
    assert TODAY in kept
    assert table(database, "readers", now=NOON + timedelta(days=3)).rows == fresh
    assert keeping.keep(database, "UTC", NOON + timedelta(days=3)) == 0  # nothing more to count


def test_today_is_never_kept_and_a_day_only_an_hour_after_its_end(database):
    midnight = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) + timedelta(days=1)
    for now, last in ((midnight + timedelta(minutes=59), 1), (midnight + SETTLED, 0)):
        keeping.keep(database, "UTC", now)
        with database.read() as session:
            newest, _ = daily_counts.newest(session, tables.READERS)
        assert newest == TODAY - timedelta(days=last)


def test_days_before_there_was_anything_are_not_counted_one_by_one(database):
    def count(_session, day, _zone):
        counted.append(day)
        return Counter()

    counted: list[date] = []
    begins = TODAY - timedelta(days=3)
    for first, days_counted in ((None, 0), (begins, 3)):
        subject = f"since {first}"
        kept = days.keep(database, subject, count, lambda *_, it=first: it, "UTC", NOON)
        assert (kept, len(counted)) == (days.MOST_DAYS - 1, days_counted)
    with database.read() as session:
        every = daily_counts.load(session, subject, date(2020, 1, 1), TODAY)
    assert len(every) == days.MOST_DAYS - 1


@pytest.mark.parametrize("kind", EventKind)
def test_whatever_counts_is_not_before_the_first_day(database, kind):
    day = TODAY - timedelta(days=40)
    record(database, 999, kind, NOON - timedelta(days=40))
    with database.read() as session:
        first = readers.first_day(session, "UTC")
        assert not readers.count(session, day, "UTC") or first == day


def test_what_is_kept_outlives_who_is_erased_and_names_nobody(database):
    ids = some_days_of_readers(database)
    later = NOON + timedelta(days=2)
    keeping.keep(database, "UTC", later)
    before = table(database, "readers", now=later).rows
    with database.write() as session:
        for id_ in (*ids[:6], ids[7]):
            erasure.erase(session, id_, later)
    assert table(database, "readers", now=later).rows[:-1] == before[:-1]
    with database.read() as session:
        kept = daily_counts.load(session, tables.READERS, date(2020, 1, 1), date(2030, 1, 1))
    known = {readers.JOINED, readers.RETURNED, *readers.WHY_LEFT, readers.ERASED}
    assert {name for counted in kept.values() for name in counted} <= known


def test_a_day_is_one_of_the_zone(database):
    late = datetime(TODAY.year, TODAY.month, TODAY.day, 23, 30, tzinfo=UTC)
    with database.write() as session:
        (id_,) = store_subscribers(session, 1)
        subscribers.confirm_all(session, [id_], late)
    found = table(database, "readers", now=late + timedelta(hours=2), zone="Europe/Berlin")
    assert row_of(found, TODAY + timedelta(days=1))["joined"] == 1
    assert row_of(found, TODAY)["joined"] == 0


def test_mails_by_state_are_those_of_the_ledger(database):
    edition_id, ids, _ = plan_edition(database, 7, batch_size=3)
    batch = take(database, edition_id)
    settle(database, batch, {ids[0]: DeliveryState.SENT, ids[1]: DeliveryState.FAILED})
    found = row_of(table(database, "mails"), DAY)
    with database.read() as session:
        ours = ledger.states(session, edition_id)
        assert counts.states(session, edition_id) == ours
    assert {name: count for name, count in found.items() if name != "edition" and count} == {
        state.value: count for state, count in ours.items()
    }


def test_how_long_a_send_took(database):
    edition_id, ids, _ = plan_edition(database, 2, batch_size=1)
    settle(database, take(database, edition_id), {ids[0]: DeliveryState.SENT})
    later = NOON + timedelta(minutes=90)
    settle(database, take(database, edition_id), {ids[1]: DeliveryState.SENT}, now=later)
    with database.write() as session:
        for number, seconds in enumerate((30.0, 90.0)):
            report = {"edition": DAY.isoformat(), "run": {"sent": 1}, "seconds": seconds}
            run = {"name": f"run {number}", "kind": "send", "trouble": "", "report": report}
            session.add(RunRow(started_at=NOON, finished_at=NOON, **run))
    found = row_of(table(database, "sending"), DAY)
    assert (found["sent"], found["sending"], found["first to last"]) == (2, 2.0, 90.0)
    assert (found["first"], found["last"]) == (NOON, later)


def test_what_came_back_stands_beside_what_was_sent(database):
    edition_id, ids, _ = plan_edition(database, 4)
    settle(database, take(database, edition_id), dict.fromkeys(ids, DeliveryState.SENT))
    kinds = [FeedbackKind.HARD, FeedbackKind.COMPLAINT, FeedbackKind.COMPLAINT]
    told = [
        Feedback(kind, "ses", str(number), id_, DAY, trusted=True)
        for number, (kind, id_) in enumerate(zip(kinds, ids, strict=False))
    ]
    at = datetime(DAY.year, DAY.month, DAY.day, 15, tzinfo=UTC)
    with database.write() as session:
        feedback_store.add(session, told, at)
    found = row_of(table(database, "feedback", now=at), DAY)
    assert (found["sent"], found["hard"], found["complaint"]) == (4, 1, 2)
    assert (found["bounces"], found["complaints"]) == (25.0, 50.0)
    later = at + tables.FEEDBACK_SETTLED + timedelta(days=2)
    keeping.keep(database, "UTC", later)
    with database.write() as session:
        feedback_store.delete_before(session, later)
    assert row_of(table(database, "feedback", now=later), DAY) == found


def test_what_comes_back_late_is_of_the_mails_that_it_is_about(database):
    edition_id, ids, _ = plan_edition(database, 4)
    late = NOON + timedelta(days=11)
    settle(database, take(database, edition_id), dict.fromkeys(ids, DeliveryState.SENT), now=late)
    told = [Feedback(FeedbackKind.HARD, "ses", str(id_), id_, DAY, trusted=True) for id_ in ids[:2]]
    keeping.keep(database, "UTC", late)  # nothing of the edition is kept for good yet
    with database.write() as session:
        feedback_store.add(session, told, late)
    found = table(database, "feedback", now=late)
    assert [row[0] for row in found.rows] == [DAY]
    assert (row_of(found, DAY)["sent"], row_of(found, DAY)["bounces"]) == (4, 50.0)


def test_tables_of_one_page_are_those_of_each_alone(database):
    edition_id, ids, _ = plan_edition(database, 3)
    settle(database, take(database, edition_id), dict.fromkeys(ids, DeliveryState.SENT))
    view = {"zone": "UTC", "now": NOON, "days": 30, "topics": {}}
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *of: asked.append(of[2]))
    together = tables.make(database, tables.TABLES, **view)
    assert len([sql for sql in asked if "delivery_counts" in sql]) == 1  # the sum is shared
    assert together == [tables.make(database, [name], **view)[0] for name in tables.TABLES]


def test_topics_and_votes_are_those_of_the_last_count(database):
    _, ids, papers = plan_edition(database, 3)
    assert table(database, "topics").rows == []
    with database.write() as session:
        for id_, value in zip(ids, (1, 1, -1), strict=True):
            votes.cast(session, id_, papers[1], value, at=NOON)
        session.execute(
            subscribers.SubscriberRow.__table__.update().values(topics={"agents": 2, "odd": 1})
        )
    keeping.keep(database, "UTC", NOON)
    found = table(database, "votes")
    assert found.rows == [("Beta", 2, 1)]
    assert found.counted_at == NOON
    assert [row[:2] for row in table(database, "topics").rows] == [("Agents", 3), ("odd", 3)]
    with database.write() as session:
        votes.reset(session, ids[0])
    assert table(database, "votes").rows == [("Beta", 2, 1)]
    keeping.keep(database, "UTC", NOON + timedelta(hours=1))
    assert table(database, "votes").rows == [("Beta", 1, 1)]


def test_a_paper_s_best_rank_of_each_day(database):
    with database.write() as session:
        first, second = store_dump(session, DAY, ["Alpha", "Beta"])
        store_dump(session, DAY + timedelta(days=1), ["Gamma", "Beta"])
        best = figures.best_ranks(session, [first, second], DAY)
    assert best == {DAY: {first: 1, second: 2}, DAY + timedelta(days=1): {second: 2}}
    found = table(database, "ranks", paper=second, now=NOON + timedelta(days=2))
    assert found.rows[0] == (DAY, 2)
    assert table(database, "ranks", paper=99999).rows == []


def test_how_many_papers_each_source_listed(database):
    with database.write() as session:
        store_dump(session, DAY, ["Alpha", "Beta"])
        store_dump(session, DAY - timedelta(days=2), ["Gamma"])
        session.flush()
        for dump in session.query(DumpRow).filter_by(date=DAY):
            dump.source, dump.entries = "arxiv", 2
    found = table(database, "sources")
    assert row_of(found, DAY)["arxiv"] == 2
    assert row_of(found, DAY - timedelta(days=1))["arxiv"] is None


@pytest.mark.parametrize(("name", "days"), [("nothing", 30), ("mails", 0), ("mails", 401)])
def test_what_is_no_table_is_refused(database, name, days):
    with pytest.raises(InputError):
        table(database, name, days=days)


def test_without_anything_every_table_is_there(database):
    for name in tables.TABLES:
        found = table(database, name)
        assert found.name == name
        assert found.to_json()["rows"] == [
            [cell.isoformat() if isinstance(cell, date) else cell for cell in row]
            for row in found.rows
        ]
