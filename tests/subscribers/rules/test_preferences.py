"""Preferences from words: what is missing gets a default, every mistake is named at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InputError
from digest.model import Cadence, DeliverySchedule, EmptyDay, Layout, Preferences
from digest.subscribers.rules.preference_fields import FIELDS, MOST_TOPICS, WEEKDAYS
from digest.subscribers.rules.preferences import (
    from_record,
    parse_preferences,
    to_record,
    to_texts,
)
from digest.subscribers.rules.vocabulary import Vocabulary
from tests.factories import make_vocabulary

COLUMNS = tuple(field.name for field in FIELDS)
GREATEST_WEIGHT = 10
LONGEST_MAIL = 500
MOST_PHRASES = 50
VOCABULARY = make_vocabulary()


def parse(vocabulary: Vocabulary = VOCABULARY, **fields: str) -> Preferences:
    return parse_preferences(fields, vocabulary)


def test_what_is_missing_or_empty_gets_its_default():
    assert parse() == Preferences()
    assert parse_preferences(dict.fromkeys(COLUMNS, " "), VOCABULARY) == Preferences()


def test_the_operators_zone_is_the_default_zone():
    vocabulary = make_vocabulary(default_timezone="Europe/Berlin")
    assert parse(vocabulary).schedule == DeliverySchedule(timezone="Europe/Berlin")
    assert parse(vocabulary, timezone="UTC").schedule.timezone == "UTC"


def test_everything_can_be_said():
    found = parse(
        topics=" compression : 2 ;speech;; coding:0.25",
        interests="small  models; speech\tand noise;small models",
        muted="blockchain",
        cadence="weekly",
        weekday="friday",
        hour="23",
        timezone="Europe/Berlin",
        max_papers="500",
        layout="Compact",
        language="en",
        empty_day="fill",
    )
    assert found == Preferences(
        topics={"compression": 2.0, "speech": 1.0, "coding": 0.25},
        interests=("small models", "speech and noise"),
        muted=("blockchain",),
        max_papers=500,
        schedule=DeliverySchedule(Cadence.WEEKLY, 23, "Europe/Berlin", 4),
        layout=Layout.COMPACT,
        empty_day=EmptyDay.FILL,
    )


@pytest.mark.parametrize("day", WEEKDAYS)
def test_cadence_and_weekday_are_known_in_any_case(day):
    found = parse(cadence="Weekly", weekday=day.capitalize()).schedule
    assert (found.cadence, WEEKDAYS[found.weekday]) == (Cadence.WEEKLY, day)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("topics", "compresion", "there is no topic 'compresion'"),
        ("topics", "speech:0", "the weight of 'speech' must be over 0, 10 at most"),
        ("topics", "speech:-1", "the weight of 'speech'"),
        ("topics", "speech:11", "the weight of 'speech'"),
        ("topics", "speech:nan", "the weight of 'speech'"),
        ("topics", "speech:inf", "the weight of 'speech'"),
        ("topics", "speech:much", "the weight of 'speech'"),
        ("topics", ":2", "there is no topic ''"),
        ("interests", "the", "'the' says nothing"),
        ("interests", "speech\0noise", "cannot be printed"),
        ("interests", "speech\udcffnoise", "cannot be printed"),
        ("muted", "the", "'the' says nothing"),
        ("interests", ";".join(f"p{n}" for n in range(MOST_PHRASES + 1)), "at most 50"),
        ("cadence", "hourly", "'hourly' is not known, e.g. weekly"),
        ("weekday", "mon", "'mon' is not known, e.g. monday"),
        ("hour", "24", "'24' is not a number from 0 to 23"),
        ("hour", "-1", "'-1' is not a number from 0 to 23"),
        ("hour", "7:00", "is not a number"),
        ("hour", "\N{ARABIC-INDIC DIGIT SEVEN}", "is not a number"),
        ("hour", "000000000999", "is not a number from 0 to 23"),
        ("layout", "loud", "'loud' is not known, e.g. compact"),
        ("language", "tlh", "'tlh' is not known, e.g. en"),
        ("empty_day", "always", "'always' is not known, e.g. note"),
        ("max_papers", "0", "is not a number from 1 to 500"),
        ("max_papers", "501", "is not a number from 1 to 500"),
        ("max_papers", "0000000019999", "is not a number from 1 to 500"),
        ("max_papers", "9" * 5000, "is not a number from 1 to 500"),
        ("timezone", "Mars/Olympus", "'Mars/Olympus' is not known, e.g. Europe/Berlin"),
    ],
)
def test_a_mistake_is_named(name, text, words):
    with pytest.raises(InputError) as caught:
        parse(**{name: text})
    assert str(caught.value).startswith(f"{name}: ")
    assert words in str(caught.value)
    assert len(str(caught.value)) < 300


def test_all_mistakes_are_named_at_once():
    wrong = dict.fromkeys(COLUMNS, "the")
    with pytest.raises(InputError) as caught:
        parse_preferences(wrong, VOCABULARY)
    for name in COLUMNS:
        assert f"{name}: " in str(caught.value)


def test_too_many_topics_are_refused():
    slugs = [f"topic-{number}" for number in range(MOST_TOPICS + 1)]
    vocabulary = make_vocabulary(topics=slugs)
    assert len(parse(vocabulary, topics=";".join(slugs[:-1])).topics) == MOST_TOPICS
    with pytest.raises(InputError, match="at most 64"):
        parse(vocabulary, topics=";".join(slugs))


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text()))
def test_any_words_give_preferences_within_bounds_or_a_refusal(fields):
    try:
        found = parse_preferences(fields, VOCABULARY)
    except InputError:
        return
    assert 1 <= found.max_papers <= LONGEST_MAIL
    assert 0 <= found.schedule.hour <= 23
    assert all(0 < weight <= GREATEST_WEIGHT for weight in found.topics.values())
    for phrase in found.interests + found.muted:
        assert phrase.isprintable()
        assert phrase == " ".join(phrase.split())
    assert parse_preferences(to_texts(found), VOCABULARY) == found


def test_a_record_from_before_there_were_layouts_is_read_with_the_defaults():
    record = to_record(Preferences(max_papers=3))
    for name in ("layout", "language", "empty_day"):
        del record[name]
    assert from_record(record) == Preferences(max_papers=3)


words = st.text('ab;\\: "', min_size=1).map(lambda text: " ".join(text.split())).filter(bool)


@given(st.lists(words, max_size=5, unique=True))
def test_phrases_with_semicolons_and_backslashes_come_back_from_a_file(phrases):
    prefs = Preferences(interests=tuple(phrases))
    assert parse(interests=to_texts(prefs)["interests"]) == prefs


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        (r"a\;b;c", ("a;b", "c")),
        (r"a\\;b", ("a\\", "b")),
        (r"\alpha;;b ; ", ("\\alpha", "b")),  # as files had it before there were escapes
    ],
)
def test_a_backslash_keeps_a_semicolon_within_a_phrase(text, phrases):
    assert parse(muted=text).muted == phrases
