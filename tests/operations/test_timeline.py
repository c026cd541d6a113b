"""A reader's timeline: all that is known of them, once each, in one order, page by page."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from digest.bounces.store import feedback
from digest.delivery import thinning
from digest.errors import InputError, NotFoundError
from digest.ground.database.tables.delivery import DeliveryRow
from digest.ground.database.tables.feedback import FeedbackRow
from digest.ground.database.tables.intake import ReaderReplyRow
from digest.ground.database.tables.outbox import OutboxRow
from digest.ground.database.tables.readers import EventRow
from digest.ground.database.tables.votes import VoteRow
from digest.intake.store import reader_replies
from digest.model import Feedback, FeedbackKind, MailKind
from digest.operations import timeline
from digest.operations.rules.timeline import MomentKind, read_place, write_place
from digest.subscribers import subscriptions, update_preferences
from digest.subscribers.store import events, outbox, votes
from digest.subscribers.store.events import EventKind
from digest.workers import local
from tests.factories import DAY


@pytest.fixture
def lived(app, clock, subscribe) -> int:
    """A reader with at least one of everything."""
    subscribe("ann", "bob")
    reader = subscriptions.find(app.database, "ann@example.org").id
    with app.database.write() as session:
        event = events.record(
            session, reader, EventKind.CONFIRMED, at=clock(), detail={"said": "x"}
        )
        outbox.add(session, MailKind.WELCOME, reader, event, now=clock())
    local.send(app, DAY)
    clock.now += timedelta(hours=2)
    update_preferences.pause(app.database, reader, "2026-12-01", clock())
    clock.now += timedelta(hours=2)
    with app.database.write() as session:
        paper = session.scalars(select(DeliveryRow.picks)).first()
        votes.cast(session, reader, int.from_bytes(paper[:4], "little"), 1, at=clock())
        told = Feedback(FeedbackKind.SOFT, "dsn", "one", reader, DAY, "", True, "4.2.2", "full")
        feedback.add(session, [told], clock())
        reader_replies.record(
            session, reader, "0" * 64, at=clock(), text="less mail", answered=False
        )
    return reader


def known(app, reader: int) -> set[tuple[str, int]]:
    """Return what there is, from the tables themselves."""
    tables = {
        MomentKind.EVENT: (EventRow, EventRow.id),
        MomentKind.MAIL: (OutboxRow, OutboxRow.id),
        MomentKind.FEEDBACK: (FeedbackRow, FeedbackRow.id),
        MomentKind.VOTE: (VoteRow, VoteRow.paper_id),
        MomentKind.REPLY: (ReaderReplyRow, ReaderReplyRow.id),
    }
    with app.database.read() as session:
        rows = {
            (kind, number)
            for kind, (table, key) in tables.items()
            for number in session.scalars(select(key).where(table.subscriber_id == reader))
        }
    return rows | {(MomentKind.DIGEST, DAY.toordinal())}


def test_all_is_there_once_newest_first_whatever_the_size_of_a_page(app, lived):
    whole = timeline.timeline(app.database, lived, limit=200)
    assert whole.next == ""
    places = [one.place for one in whole.moments]
    assert places == sorted(places, reverse=True)
    assert {(one.kind, one.number) for one in whole.moments} == known(app, lived)
    assert len(places) == len(set(places)) == len(known(app, lived))
    for size in (1, 2, 3):
        pages, before = [], ""
        while True:
            page = timeline.timeline(app.database, lived, before=before, limit=size)
            pages += page.moments
            if not (before := page.next):
                break
        assert pages == list(whole.moments)


def test_a_mail_has_its_papers_reasons_and_reply(app, lived):
    whole = timeline.timeline(app.database, lived, limit=200)
    digest = next(one for one in whole.moments if one.kind is MomentKind.DIGEST)
    assert digest.name == "sent"
    assert digest.detail["reply"].startswith("250")
    assert digest.papers
    assert {paper.kind for paper in digest.papers} <= {"topic", "trending", "outside", "interest"}
    assert all(paper.title for paper in digest.papers)
    assert digest.to_json()["papers"][0]["title"] == digest.papers[0].title


def test_a_thinned_mail_is_still_there(app, lived, clock):
    clock.now += timedelta(days=400)
    app.seals.seal()
    assert thinning.thin(app.database, 30, clock) == 2
    whole = timeline.timeline(app.database, lived, limit=200)
    assert {(one.kind, one.number) for one in whole.moments} == known(app, lived)
    digest = next(one for one in whole.moments if one.kind is MomentKind.DIGEST)
    assert digest.detail["thinned"]
    assert digest.papers


def test_nobody_has_none_and_an_odd_place_is_refused(app, lived):
    with pytest.raises(NotFoundError):
        timeline.timeline(app.database, 999)
    for odd in ("x", "2026-11-19~1~2", "2026-11-19T07:00+00:00~a~2"):
        with pytest.raises(InputError, match="place"):
            timeline.timeline(app.database, lived, before=odd)
    place = timeline.timeline(app.database, lived).moments[0].place
    assert read_place(write_place(place)) == place
