"""What the pages and the welcome show on a day that was closed as empty."""

import pytest

from digest.ground.tokens.links import Purpose
from digest.model import Empty
from digest.outbox.first_papers import FirstPapers
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.store import subscribers
from tests.factories import DAY, NOON
from tests.rows import store_dump, store_empty_edition

TOMORROW = DAY.replace(day=DAY.day + 1)


@pytest.fixture
def empty_day(app, clock):
    """Open the day's edition; the next day is closed without any paper, and a repeat comes."""
    app.editions.open(DAY)
    clock.now = NOON.replace(day=TOMORROW.day)
    with app.database.write() as session:
        store_empty_edition(session, TOMORROW, Empty.NO_DUMP)
        store_dump(session, TOMORROW, ["Again"], at=NOON)


def test_home_and_archive_show_the_newest_edition_with_papers(web, empty_day):
    home = web.get("/").text
    assert "Top papers on Thursday, 19 November 2026" in home
    assert "See everything from that day: 30 papers" in home
    assert "/archive/2026-11-19" in web.get("/archive").text
    assert "/archive/2026-11-20" not in web.get("/archive").text


def test_who_has_just_subscribed_is_not_told_that_they_have_had_everything(
    web, app, empty_day, token
):
    page = web.get(f"/p/{token(Purpose.PREFERENCES)}/today").text
    assert "you have already received everything" not in page
    assert '<ol class="papers">' in page.partition("What you would get today")[2]


def test_who_follows_what_no_list_has_is_told_that(web, app, empty_day, token, reader):
    wishes = parse_preferences({"interests": "medieval falconry"}, app.files.vocabulary)
    with app.database.write() as session:
        subscribers.set_preferences(session, reader, wishes)
    page = web.get(f"/p/{token(Purpose.PREFERENCES)}/today").text
    assert "Nothing on the current lists matches your topics and interests." in page
    assert "you have already received everything" not in page


@pytest.mark.parametrize("follows", [{}, {"interests": "medieval falconry"}])
def test_the_welcome_has_papers(app, empty_day, reader, follows):
    wishes = parse_preferences(follows, app.files.vocabulary)
    with app.database.write() as session:
        subscribers.set_preferences(session, reader, wishes)
    first = FirstPapers(app.database, app.editions.foresee, app.composing.matrix)
    edition, picks = first.choose(reader)
    assert edition.edition.date == DAY
    assert len(picks) > 4
