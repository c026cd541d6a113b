"""Every catalogue says all that the code and the templates say, and nothing else."""

import re
from datetime import date

import pytest
from babel.messages.pofile import read_po

from digest.ground import shipped
from digest.ground.languages.catalogues import extract, languages
from digest.ground.languages.language import ENGLISH, negotiate
from digest.model import Cadence, DeliverySchedule, Reason, ReasonKind, Trend
from digest.render.digest import head_wording, wording
from digest.render.digest.standing import standing

PLACE = re.compile(r"%\((\w+)\)s")
CATALOGUES = sorted(shipped.locale_dir().glob("*.po"))
LONG = "Ein sehr langer Name für ein Thema, das niemand so nennen würde, oder?"


@pytest.fixture(scope="module")
def wanted():
    return {message.id for message in extract() if message.id}


def texts(message):
    return [message.string] if isinstance(message.string, str) else list(message.string)


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.stem)
def catalogue(request):
    with request.param.open("rb") as file:
        return read_po(file, locale=request.param.stem)


def test_there_is_german():
    assert languages().keys() == {"en", "de"}


def test_a_catalogue_is_complete_and_not_stale(catalogue, wanted):
    translated = {message.id for message in catalogue if message.id and all(texts(message))}
    assert translated == wanted, "run `make messages` and translate what is new"
    assert not catalogue.obsolete
    assert not any(message.fuzzy for message in catalogue if message.id)


def test_a_translation_has_the_places_of_its_message(catalogue):
    for message in catalogue:
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        if ids == [""]:
            continue
        assert not list(message.check(catalogue))
        for text in texts(message):
            assert set(PLACE.findall(text)) == set(PLACE.findall(ids[-1])), text
            assert text.count("%") == len(PLACE.findall(text)) + 2 * text.count("%%")
            assert "<" not in text or "<" in ids[0]


@pytest.mark.parametrize("language", languages().values(), ids=lambda each: each.tag)
def test_personal_texts_fit_in_every_language(language):
    names = {"long": LONG}
    for kind in ReasonKind:
        reason = Reason(kind, "long" if kind in ("topic", "outside") else LONG * 2)
        assert len(wording.reason_text(reason, names, language)) <= wording.LONGEST["reason"]
        assert len(wording.section_title(reason, names, language)) <= wording.LONGEST["title"]
    line = wording.topics_line((), (LONG,) * 9, names, language)
    assert len(line) <= wording.LONGEST["topics"]
    for count in (1, 2, 500):
        picked = {"new": True, "minutes": count, "language": language}
        for of in (count, 5000):
            line = head_wording.picked_text(count, of, **picked)
            assert len(line) <= wording.LONGEST["picked"]
        assert len(wording.rest_text(count, language)) <= wording.LONGEST["rest"]
        assert len(head_wording.preview_line([LONG] * 2, count, language)) <= 90
        assert len(head_wording.about("x" * 50, count, language)) <= wording.LONGEST["subject"]
    assert len(head_wording.week(date(2026, 9, 30), language)) <= wording.LONGEST["heading"]
    for cadence in Cadence:
        schedule = DeliverySchedule(cadence, 7, "Europe/Berlin", 3)
        assert "Berlin" in wording.schedule_text(schedule, language)


def test_german_says_dates_numbers_and_plurals_as_germans_do():
    german = languages()["de"]
    assert wording.long_date(date(2026, 11, 21), german) == "Samstag, 21. November 2026"
    assert wording.short_date(date(2026, 11, 21), german) == "21. Nov."
    assert wording.count_text(1, german) == "1 Paper"
    assert wording.count_text(1234, german) == "1.234 Papers"
    assert wording.count_text(1234) == "1,234 papers"
    assert wording.topic_name("3d", {"3d": "3D & graphics"}, german) == "3D & Computergrafik"
    assert wording.topic_name("own", {"own": "100 % own"}, german) == "100 % own"


def test_a_place_and_its_week_are_said_in_german():
    german = languages()["de"]
    said = [
        standing(Trend(0.5, 3, dumps, 0, week_rank=rank, list_size=1200, weeks=weeks), german)
        for dumps, rank, weeks in ((1, 3, 1), (5, 3, 2), (1, 0, 1), (3, 0, 0), (9, 11, 12))
    ]
    assert said == [
        "#3 von 1.200",
        "#3 von 1.200 · 2. Woche",
        "neu auf der Liste",
        "in 3 Listen",
        "12. Woche",
    ]
    assert wording.votes_text(Trend(0.5, 1, 1, 0, votes=1), german) == "1 Stimme"
    reason = Reason(ReasonKind.TRENDING)
    assert wording.why(reason, Trend(0.5, 0, 1, 0), {}, german).endswith(" · neu auf der Liste")


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("en-GB,de;q=0.9", "en"),
        ("fr,de;q=0.3,en;q=0.2", "de"),
        ("fr", "en"),
        ("", "en"),
        ("*", "en"),
        ("de;q=0", "en"),
        ("de;q=x,,;;,\x00", "en"),
        ("x" * 5000, "en"),
    ],
)
def test_a_browser_says_what_it_would_like_to_read(accepted, tag):
    assert negotiate(accepted, languages().keys()) == tag


def test_english_is_what_stands_in_the_code():
    assert ENGLISH.gettext("Anything %(at)s", at="all") == "Anything all"
    assert (ENGLISH.name, languages()["de"].name) == ("English", "Deutsch")
    assert ENGLISH.direction == "ltr"
