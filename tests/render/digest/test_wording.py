from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ground.languages.language import ENGLISH
from digest.model import Cadence, DeliverySchedule, Reason, ReasonKind, Trend
from digest.render.digest import head_wording, wording
from digest.render.digest.standing import standing

NAMES = {"inference": "Efficient inference & serving", "speech": "Speech"}
TOPIC = Reason(ReasonKind.TOPIC, "inference")
PHRASE = Reason(ReasonKind.INTEREST, "KV cache")
TRENDING = Reason(ReasonKind.TRENDING)
OUTSIDE = Reason(ReasonKind.OUTSIDE, "speech")


@pytest.mark.parametrize(
    ("reason", "title", "why"),
    [
        (TOPIC, NAMES["inference"], "You follow Efficient inference & serving"),
        (PHRASE, "KV cache", "Matches “KV cache”"),
        (TRENDING, "Also trending", "Trending now across all topics"),
        (OUTSIDE, "One from outside your topics", "From Speech, which you do not follow"),
        (Reason(ReasonKind.TOPIC, "gone"), "gone", "You follow gone"),
    ],
)
def test_every_reason_is_said_in_a_readers_words(reason, title, why):
    assert wording.section_title(reason, NAMES) == title
    assert wording.reason_text(reason, NAMES) == why


@given(st.sampled_from(ReasonKind), st.text())
def test_personal_texts_are_never_empty_and_never_long(kind, subject):
    reason = Reason(kind, subject)
    assert 1 <= len(wording.section_title(reason, NAMES)) <= wording.LONGEST["title"]
    assert 1 <= len(wording.reason_text(reason, NAMES)) <= wording.LONGEST["reason"]


@given(st.dictionaries(st.text(), st.just(1.0)), st.lists(st.text()))
def test_the_topics_line_has_a_length(topics, interests):
    line = wording.topics_line(wording.by_weight(topics), interests, NAMES)
    assert 1 <= len(line) <= wording.LONGEST["topics"]


def test_topics_come_by_weight_and_phrases_after_them():
    topics = wording.by_weight({"speech": 1.0, "inference": 2.0})
    line = wording.topics_line(topics, ["KV cache"], NAMES)
    assert line == "Efficient inference & serving, Speech, “KV cache”"
    assert wording.topics_line((), (), NAMES) == "everything that is trending"


def test_a_list_that_is_too_long_says_how_many_more():
    many = [f"a rather long phrase, number {n}" for n in range(20)]
    assert wording.topics_line((), many, NAMES).endswith("number 5” and 14 more")


def test_the_subject_names_the_first_paper_and_counts_the_others():
    assert head_wording.about("ThinK prunes KV caches", 9) == "ThinK prunes KV caches, and 9 more"
    assert head_wording.about("ThinK prunes KV caches", 0) == "ThinK prunes KV caches"


@given(st.lists(st.text(min_size=1, max_size=44), max_size=2), st.integers(1, 500))
def test_the_first_line_has_at_most_90_characters(headlines, papers):
    assert 1 <= len(head_wording.preview_line(headlines, papers)) <= 90


def test_the_first_line_names_the_next_papers():
    line = head_wording.preview_line(["A Small Codec Hears Rooms", "Whisper reads breath"], 7)
    assert line == "A Small Codec Hears Rooms; Whisper reads breath"
    assert head_wording.preview_line([], 1) == "1 paper"


@pytest.mark.parametrize(
    ("picked", "of", "new", "said"),
    [
        (10, 77, True, "10 picked out of 77 new · 4 minutes"),
        (10, 1077, False, "10 picked out of 1,077 listed · 4 minutes"),
        (10, 10, True, "10 papers · 4 minutes"),
        (1, 1, False, "1 paper · 4 minutes"),
    ],
)
def test_how_many_papers_were_picked_out_of_how_many(picked, of, new, said):
    assert head_wording.picked_text(picked, of, new=new, minutes=4, language=ENGLISH) == said


@pytest.mark.parametrize(
    ("found", "headed", "said"),
    [
        ((), False, "Matches “KV cache”"),
        ((), True, ""),
        (("kv cache",), True, ""),
        (("cache eviction",), True, "It says “cache eviction”"),
        (("kv cache", "eviction"), False, "Matches “KV cache” (it says “eviction”)"),
        (("one", "two", "three"), True, "It says “one”, “two”"),
    ],
)
def test_a_reason_is_not_said_twice(found, headed, said):
    assert wording.reason_said(PHRASE, NAMES, ENGLISH, found, headed=headed) == said


def test_words_stand_behind_the_topic_that_they_speak_for():
    said = wording.reason_said(
        OUTSIDE._replace(kind=ReasonKind.TOPIC), NAMES, ENGLISH, ("ASR",), headed=False
    )
    assert said == "Speech: “ASR”"


def test_facts_that_do_not_fit_are_left_out():
    assert wording.facts_line(["", "one", "", "two"]) == "one · two"
    assert wording.facts_line(["x" * 180, "y" * 50, "z"]) == f"{'x' * 180} · z"


def test_a_week_is_said_with_its_days():
    assert head_wording.week(date(2026, 11, 30)) == "Your week, 24-30 November"
    assert head_wording.week(date(2026, 12, 4)) == "Your week, 28 November - 4 December"


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (DeliverySchedule(Cadence.DAILY, 7, "Europe/Berlin"), "daily at 07:00, Europe/Berlin"),
        (DeliverySchedule(Cadence.WEEKDAYS, 18, "UTC"), "Monday to Friday at 18:00, UTC"),
        (DeliverySchedule(Cadence.WEEKLY, 0, "UTC", 6), "every Sunday at 00:00, UTC"),
    ],
)
def test_a_rhythm_is_said_in_words(schedule, words):
    assert wording.schedule_text(schedule) == words


@pytest.mark.parametrize(
    ("number", "word"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (112, "112th"), (23, "23rd")],
)
def test_ranks_are_ordinals(number, word):
    assert ENGLISH.ordinal(number) == word


@pytest.mark.parametrize(
    ("trend", "said"),
    [
        (Trend(0.5, 3, 3, 0, week_rank=3, list_size=96, weeks=2), "#3 of 96 · 2nd week"),
        (Trend(0.5, 1, 1, 6, week_rank=1, list_size=1200, weeks=1), "#1 of 1,200"),
        (Trend(0.5, 1, 4, 0, week_rank=11, list_size=96, weeks=13), "13th week"),
        (Trend(0.5, 1, 4, 0, week_rank=11, list_size=96, weeks=1), "newly listed"),
        (Trend(0.5, 3, 1, 9), "#3"),  # an edition from before sizes and weeks were kept
        (Trend(0.5, 30, 2, 9), "in 2 lists"),
    ],
)
def test_a_papers_place_is_said_with_its_week(trend, said):
    assert standing(trend) == said
    assert wording.why(TRENDING, trend, NAMES) == f"Trending now across all topics · {said}"


def test_votes_are_said_where_there_are_some():
    votes = [wording.votes_text(Trend(0.5, 1, 1, 0, votes=votes)) for votes in (None, 0, 1, 12)]
    assert votes == ["", "", "1 vote", "12 votes"]


def test_where_no_list_has_an_order_no_place_is_named():
    assert standing(Trend(0.5, 0, 1, 0)) == "newly listed"
    assert standing(Trend(0.5, 0, 2, 0)) == "in 2 lists"
    this_week = Trend(0.5, 3, 3, 0, week_dumps=2, week_rank=0, weeks=3)
    assert standing(this_week) == "3rd week"


def test_dates_and_numbers():
    assert wording.long_date(date(2026, 11, 21)) == "Saturday, 21 November 2026"
    assert wording.short_date(date(2026, 5, 1)) == "1 May"
    assert (wording.count_text(1), wording.rest_text(2)) == ("1 paper", "2 more papers")


def test_a_very_long_address_is_shown_in_part():
    assert len(wording.shown_address("a" * 200 + "@example.com")) == wording.LONGEST["address"]


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("SmallCodec: Speech in Few Bits", "SmallCodec"),
        ("Forgetting on Purpose", "Forgetting on Purpose"),
        (": all of it", "a paper"),
        ("", "a paper"),
        (f"{'Endless ' * 20}: the end", "Endless Endless Endless Endless Endless Endless…"),
    ],
)
def test_a_liked_paper_is_named_as_people_name_it(title, short):
    reason = Reason(ReasonKind.LIKED, title)
    assert wording.reason_text(reason, {}) == f"Similar to {short}, which you liked"
    assert wording.section_title(reason, {}) == f"Similar to {short}"
    assert len(wording.reason_text(reason, {})) <= wording.LONGEST["reason"]
    assert len(wording.section_title(reason, {})) <= wording.LONGEST["title"]


def test_a_reason_of_an_old_mail_names_the_topic_as_it_was_called():
    assert (
        wording.topic_name("code", {"coding": "Code"}) == "Code generation & software engineering"
    )
    assert wording.topic_name("astrology", {}) == "astrology"
