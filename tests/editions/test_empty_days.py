"""What an empty day brings: nothing, a note or a mail filled from the week, as each one wishes."""

import re
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from digest.delivery.forecast import dry_run
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.ground.database.tables.delivery import DeliveryRow, EditionRow
from digest.model import DeliveryState, Empty
from digest.workers import local
from tests.factories import DAY


@pytest.fixture
def close(app):
    """Have the day's edition say that nothing in it is new."""

    def closed(why: Empty) -> None:
        app.editions.open(DAY)
        with app.database.write() as session:
            session.scalars(select(EditionRow)).one().empty = why

    return closed


def subjects(sink):
    found = {}
    for message in sink.messages:
        parsed = message_from_bytes(message.data, policy=policy.default)
        found[message.recipients[0].partition("@")[0]] = parsed
    return found


def replies(app):
    with app.database.read() as session:
        return dict(session.execute(select(DeliveryRow.subscriber_id, DeliveryRow.reply)).all())


@pytest.mark.parametrize("why", list(Empty))
def test_each_reader_gets_what_he_wishes_for_such_days(app, sink, subscribe, close, why):
    for wish in ("skip", "note", "fill"):
        subscribe(wish, empty_day=wish)
    subscribe("weekly", cadence="weekly")
    close(why)
    report = local.send(app, DAY)
    assert report.states == {DeliveryState.SENT: 3, DeliveryState.SKIPPED: 1}
    assert replies(app)[1] == why.value
    got = subjects(sink)
    assert got["note"]["Subject"] == "Daily papers: nothing new on Thursday, 19 November 2026"
    assert got["note"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = got["note"].get_body(("plain",)).get_content()
    assert "note@example.org" in text
    assert {
        "no dump": "No new list of papers came on Thursday, 19 November 2026",
        "nothing new": "was on an earlier one",
    }.get(why.value, "for several days") in " ".join(text.split())
    assert re.fullmatch("Study .*, and 9 more", got["fill"]["Subject"])
    assert got["weekly"]["Subject"] == "Your week, 13-19 November"


def test_who_has_nothing_left_is_told_so_if_he_wants_that(app, sink, subscribe):
    subscribe("note", empty_day="note", muted="study")
    subscribe("skip", muted="study")
    report = local.send(app, DAY)
    assert report.states == {DeliveryState.SENT: 1, DeliveryState.SKIPPED: 1}
    text = subjects(sink)["note"].get_body(("plain",)).get_content()
    assert "There is nothing new for you on the current lists." in text
    assert replies(app)[2] == "nothing new for this reader"


def test_a_note_whose_reply_was_lost_is_repeated_byte_for_byte(app, sink, clock, subscribe, close):
    subscribe("note", empty_day="note")
    close(Empty.NO_DUMP)
    sink.misbehaviour = Misbehaviour([parse_rule("* first 1 at stored: drop")])
    assert local.send(app, DAY).states == {DeliveryState.UNCERTAIN: 1}
    clock.now = clock.now.replace(hour=20)
    assert local.send(app, DAY).states == {DeliveryState.SENT: 1}
    first, second = (message.data for message in sink.messages)
    assert first == second


def test_an_edition_without_any_paper_can_be_sent(app, sink, subscribe):
    for wish in ("skip", "note", "fill"):
        subscribe(wish, empty_day=wish)
    with app.database.write() as session:
        row = EditionRow(
            date=DAY.replace(day=1),
            opened_at=app.clock(),
            sends_at=app.clock(),
            domain="example.org",
            empty=Empty.SOURCE_STALE,
        )
        session.add(row)
    report = local.send(app, DAY.replace(day=1))
    assert report.states == {DeliveryState.SENT: 1, DeliveryState.SKIPPED: 2}
    assert list(subjects(sink)) == ["note"]


def test_a_note_can_be_previewed(app, subscribe, close):
    subscribe("note", empty_day="note")
    close(Empty.NO_DUMP)
    edition = app.editions.open(DAY)
    composer = app.composing.composer(edition)
    mail = dry_run.preview(app.database, edition, composer, "note@example.org", now=app.clock())
    assert "nothing new" in mail.subject
    assert "No new list of papers came on Thursday, 19 November 2026." in mail.text
    assert "No new list of papers came on Thursday, 19 November 2026." in mail.html


def test_a_note_speaks_the_language_of_its_reader_and_keeps_to_his_layout(
    app, sink, subscribe, close
):
    subscribe("deutsch", empty_day="note", language="de")
    subscribe("text", empty_day="note", layout="text")
    close(Empty.NO_DUMP)
    local.send(app, DAY)
    got = subjects(sink)
    assert got["deutsch"]["Content-Language"] == "de"
    assert got["deutsch"]["Subject"].endswith(": nichts Neues am Donnerstag, 19. November 2026")
    assert "Keine neue Liste am Donnerstag" in got["deutsch"].get_body(("html",)).get_content()
    assert got["text"].get_content_type() == "text/plain"
    assert "text@example.org" in got["text"].get_content()
