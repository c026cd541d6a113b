import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.rules.summary import summarise

ABSTRACT = (
    "Large models are slow, which many people deplore. However, earlier remedies need new chips. "
    "We introduce Hare, a scheduler that orders requests by their length. "
    "It has three parts, e.g. a queue. "
    "Experiments show that Hare is 2.5x faster than Tortoise and saves 40% of the memory. "
    "Our code is available at https://example.org/hare."
)


def test_what_is_new_and_what_was_shown_in_their_order():
    assert summarise("Hare: Scheduling by Length", ABSTRACT) == (
        "We introduce Hare, a scheduler that orders requests by their length. "
        "Experiments show that Hare is 2.5x faster than Tortoise and saves 40% of the memory."
    )


def test_an_empty_abstract_has_an_empty_summary():
    assert summarise("Title", "") == ""
    assert summarise("Title", " \n") == ""


def test_a_long_sentence_ends_at_a_clause_or_a_word_with_an_ellipsis():
    sentence = (
        "We present a method that reads very many books without tiring, which no earlier "
        "method could do, whatever people said about it at the time."
    )
    assert summarise("Books", sentence, limit=110) == (
        "We present a method that reads very many books without tiring, which no earlier method…"
    )
    assert summarise("Books", sentence, limit=70) == (
        "We present a method that reads very many books without tiring…"
    )


def test_a_word_is_never_cut():
    summary = summarise("Hare", ABSTRACT, limit=60)
    assert summary.endswith("…")
    assert set(summary[:-1].split()) <= set(ABSTRACT.split())


def test_a_word_longer_than_the_limit_gives_nothing():
    assert summarise("Hare", "We" + "e" * 500, limit=20) == ""


def test_markup_is_taken_off():
    abstract = (
        r"We propose {\em Hare}, <RET> which is 3times faster and 5\times smaller\footnote{x}."
    )
    assert (
        summarise("Hare", abstract)
        == "We propose Hare, which is 3\u00d7 faster and 5\u00d7 smaller."
    )


def test_a_megabyte_takes_no_time():
    start = time.perf_counter()
    for text in (ABSTRACT * 3000, "a" * 1_000_000, "e.g. " * 200_000, "(" * 1_000_000):
        assert len(summarise("Hare", text)) <= 280
    assert time.perf_counter() - start < 2


def test_a_limit_below_one_is_refused():
    with pytest.raises(ValueError, match="limit=0"):
        summarise("Hare", ABSTRACT, limit=0)


@given(
    st.lists(st.text(alphabet="abcdefg ,", min_size=1, max_size=150), max_size=8),
    st.integers(1, 400),
)
def test_a_summary_is_short_and_says_nothing_of_its_own(parts, limit):
    abstract = " ".join(" ".join(part.split()).capitalize() + "." for part in parts)
    summary = summarise("A title", abstract, limit)
    assert len(summary) <= limit
    assert set(summary) <= set(abstract) | {" ", "…"}


def test_when_there_is_no_room_for_two_sentences_what_is_new_gets_it_all():
    summary = summarise("Hare: Scheduling by Length", ABSTRACT, limit=80)
    assert summary == "We introduce Hare, a scheduler that orders requests by their length."
