import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.summary.clauses import beginnings, is_torn, is_whole, last_resort

CLAIM = "We propose Hare, a scheduler that orders requests by their length"


@pytest.mark.parametrize(
    "remark",
    [
        ", which is simple to add to any server",
        ", achieving good results on three benchmarks",
        ", while also reducing the memory that is needed",
        ", including some that no one has looked at",
        "; it is simple to add to any server",
    ],
)
def test_a_closing_remark_goes(remark):
    assert list(beginnings(f"{CLAIM}{remark}.", 360)) == [f"{CLAIM}."]


@pytest.mark.parametrize(
    "rest",
    [
        ", but it is slow when memory is short",
        ", achieving this only on a single machine",
        ", improving speed at the expense of memory",
        ", with speed that drops for long requests",
        ", where others fail if requests are long",
        ", while others need more than one machine",
        ": (1) a queue, which is short; (2) a clock, which is fast",
        "; a queue, which is short; and a clock that is fast",
        " \u2013 which unlike Tortoise \u2013 never sleeps at all",
    ],
)
def test_conditions_costs_contrasts_and_lists_stay(rest):
    assert list(beginnings(f"{CLAIM}{rest}.", 360)) == []


def test_what_has_no_main_clause_is_no_beginning():
    sentence = (
        "Experiments on three large and well-known benchmarks of scheduling, including one of our "
        "own, show that Hare is faster."
    )
    assert list(beginnings(sentence, 360)) == []


def test_the_longest_that_fits_comes_first():
    sentence = f"{CLAIM}, which is simple to add to servers, improving the speed of all of them."
    assert list(beginnings(sentence, 360)) == [
        f"{CLAIM}, which is simple to add to servers.",
        f"{CLAIM}.",
    ]


@given(st.text(max_size=200), st.text(max_size=200), st.integers(1, 400))
def test_every_beginning_is_whole_and_the_sentences_own(before, after, limit):
    sentence = f"We say that {before}, which {after}"
    for cut in [*beginnings(sentence, limit), last_resort(sentence, limit)]:
        if cut:
            assert len(cut) <= limit
            assert is_whole(cut) or cut == sentence
            assert not is_torn(cut)
            assert sentence.startswith(cut.removesuffix(".")) or cut == sentence


def test_hostile_sentences_take_little_time():
    start = time.perf_counter()
    for text in (", which " * 3000, "; " * 9000, "a" * 20_000, "by " * 7000, ", with (" * 3000):
        list(beginnings(text, 360))
        last_resort(text, 360)
    assert time.perf_counter() - start < 1
