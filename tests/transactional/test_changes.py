from dataclasses import replace

import pytest

from digest.ground.languages.catalogues import languages
from digest.model import Cadence, DeliverySchedule, EmptyDay, Layout, Preferences
from digest.transactional.changes import Change, Speaker

NAMES = {"speech": "Speech & audio", "vision": "Vision & multimodal", "coding": "Coding"}
BEFORE = Preferences(topics={"speech": 1.0, "coding": 2.0}, interests=("KV cache",))
AFTER = Preferences(
    topics={"coding": 1.0},
    muted=("survey", "review"),
    max_papers=5,
    layout=Layout.COMPACT,
    language="de",
    empty_day=EmptyDay.NOTE,
    schedule=DeliverySchedule(Cadence.WEEKLY, 18, "Europe/Berlin", 4),
)


def changes(before, after, language="en"):
    return Speaker(languages()[language], NAMES, languages()).changes(before, after)


def test_each_preference_says_what_it_was_and_is():
    assert changes(BEFORE, AFTER) == [
        Change("Topics", "Coding (a lot), Speech & audio", "Coding"),
        Change("Interests in your own words", "“KV cache”", "none"),
        Change("Muted phrases", "none", "“survey”, “review”"),
        Change("Time zone", "UTC", "Europe/Berlin"),
        Change("Time", "07:00", "18:00"),
        Change("How often", "every day", "once a week"),
        Change("Day of the weekly email", "Monday", "Friday"),
        Change("Papers per email", "10", "5"),
        Change(
            "Each email shows",
            "summaries of the best, a line on each other paper",
            "a line on each paper",
        ),
        Change("Language", "English", "Deutsch"),
        Change("When nothing is new", "send nothing", "send a short note"),
    ]


def test_they_are_said_in_the_language_of_the_reader():
    said = changes(BEFORE, AFTER, "de")
    assert said[5] == Change("Wie oft", "jeden Tag", "einmal die Woche")
    assert said[1] == Change("Interessen in eigenen Worten", "„KV cache“", "keine")
    assert said[6].now == "Freitag"


@pytest.mark.parametrize("prefs", [BEFORE, AFTER])
def test_what_stayed_is_not_named(prefs):
    assert changes(prefs, prefs) == []
    assert [one.label for one in changes(prefs, replace(prefs, max_papers=7))] == [
        "Papers per email"
    ]


def test_of_a_long_list_only_what_differs_is_named():
    many = tuple(f"phrase number {number} of a long list" for number in range(40))
    (change,) = changes(
        Preferences(muted=many), Preferences(muted=(*many[:-1], "one of another kind"))
    )
    assert change.was == "“phrase number 39 of a long list” and 39 more"
    assert change.now == "“one of another kind” and 39 more"
    (change,) = changes(Preferences(muted=many), Preferences(muted=many[1:]))
    assert change.was == "“phrase number 0 of a long list” and 39 more"
    assert change.now == "39 as before"


def test_any_weight_and_any_language_can_be_said():
    (topics, language) = changes(
        Preferences(topics={"vision": 3.5}), Preferences(topics={"gone": 0.5}, language="tlh")
    )
    assert topics == Change("Topics", "Vision & multimodal (3.5)", "gone (a little)")
    assert language == Change("Language", "English", "tlh")
