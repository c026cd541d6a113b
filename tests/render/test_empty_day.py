"""The note of a day without anything new: it says why it came, and what the last list was."""

from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes, policy

import pytest

from digest.ground.languages.catalogues import languages
from digest.model import Empty, Preferences
from digest.render.empty_day import (
    NOTHING_FOR_READER,
    NOTHING_MATCHES,
    SENTENCES,
    EmptyDayRenderer,
    sentence,
)
from tests.render.editions import LETTERHEAD, SIGNER, TEMPLATES, make_edition, make_reader

SUNDAY = date(2026, 11, 22)


def note(reason, day=SUNDAY, *, age=2, language="en"):
    """Return both parts of the note of a day whose newest list is this many days old."""
    edition = make_edition(size=3)
    aged = [
        replace(one, trend=replace(one.trend, age_days=(age or 0) + number))
        for number, one in enumerate(edition.candidates)
    ]
    edition = replace(edition, date=day, candidates=tuple(aged) if age is not None else ())
    renderer = EmptyDayRenderer(edition, LETTERHEAD, SIGNER, TEMPLATES, languages=languages())
    message = renderer.message(make_reader(preferences=Preferences(language=language)), reason)
    mail = message_from_bytes(message.body, policy=policy.default)
    parts = [mail.get_body([kind]).get_content() for kind in ("plain", "html")]
    return [" ".join(part.split()) for part in parts]


@pytest.mark.parametrize("reason", [*SENTENCES])
@pytest.mark.parametrize("language", ["en", "de"])
def test_it_says_why_it_came_and_how_to_get_none(reason, language):
    text, html = note(reason, language=language)
    why = {"en": "You receive this note because", "de": "Sie erhalten diese Nachricht, weil"}
    for part in (text, html):
        assert why[language] in part
        assert "reader42@example.com" in part
        assert "/p/" in part
        assert "/u/" in part


def test_it_says_which_list_was_the_last():
    for reason in (Empty.NO_DUMP, Empty.SOURCE_STALE, NOTHING_FOR_READER, NOTHING_MATCHES):
        for part in note(reason):
            assert "The newest list is that of Friday, 20 November 2026." in part


def test_it_names_no_last_list_where_there_is_none_or_it_is_the_one_spoken_of():
    none = [note(Empty.SOURCE_STALE, age=None), note(Empty.NOTHING_NEW, age=0)]
    assert not any("The newest list" in part for parts in none for part in parts)


def test_it_is_true_on_a_sunday_and_whenever_it_is_read():
    english = languages()["en"]
    for days in range(7):
        day = SUNDAY + timedelta(days=days)
        said = sentence(Empty.NO_DUMP, day, english)
        assert english.long_date(day) in said
        assert ("pause at weekends" in said) == (day.weekday() >= 5)
        assert not any("today" in sentence(reason, day, english) for reason in SENTENCES)
