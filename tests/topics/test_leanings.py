import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InputError
from digest.topics.catalogue_file import parse_catalogue
from digest.topics.leanings import Leanings, grams, parse_leanings, write_leanings

WEIGHTS = {("hive",): {"bees": 3.0, "maths": -1.5}, ("wax", "comb"): {"bees": 0.25}}

CATALOGUE = b"""
[[topic]]
slug = "bees"
name = "Bees"
description = "Keeping bees"
sure = ["bee"]

[[topic]]
slug = "maths"
name = "Mathematics"
description = "Numbers"
sure = ["theorem"]
"""


def test_words_and_neighbours_are_counted_without_stop_words():
    assert set(grams([["the", "wax", "comb"]])) == {("wax",), ("comb",), ("wax", "comb")}


def test_numbers_count_only_beside_a_word():
    assert set(grams([["4", "8", "bit"]])) == {("bit",), ("8", "bit")}


def test_a_word_of_the_title_counts_more_than_one_of_the_abstract():
    found = grams([["hive"], ["wax"]])
    assert found[("hive",)] > found[("wax",)]


def test_pairs_do_not_reach_over_the_end_of_a_sentence():
    assert ("wax", "comb") not in grams([["wax"], ["comb"]])


@given(st.lists(st.lists(st.text(min_size=1, max_size=5), max_size=20), max_size=6))
def test_a_paper_is_never_longer_than_one(parts):
    assert sum(value**2 for value in grams(parts).values()) <= 1 + 1e-9


def test_words_move_topics_both_ways():
    moved = Leanings(WEIGHTS).of([["hive"]])
    assert moved["bees"] > 0 > moved["maths"]
    assert Leanings({}).of([["hive"]]) == {}


def test_what_is_written_is_read_again():
    data = write_leanings(["Made up."], {**WEIGHTS, ("dust",): {"bees": 0.001}})
    assert data.decode() == "# Made up.\nhive: bees=300 maths=-150\nwax comb: bees=25\n"
    parts = [["hive", "wax", "comb"]]
    assert parse_leanings(data).of(parts) == pytest.approx(Leanings(WEIGHTS).of(parts))


@pytest.mark.parametrize("line", ["hive: bees", "hive: bees=much", "hive: bees=1=2"])
def test_a_line_that_cannot_be_read_is_named(line):
    with pytest.raises(InputError, match="line 2"):
        parse_leanings(f"# x\n{line}\n".encode())


def test_words_decide_between_topics_that_phrases_leave_open():
    text = ("A bee and a theorem", "The hive.")
    plain = parse_catalogue(CATALOGUE).confidences(*text)
    leaning = parse_catalogue(CATALOGUE, Leanings(WEIGHTS)).confidences(*text)
    assert plain["maths"] == plain["bees"]
    assert leaning["bees"] > plain["bees"]
    assert leaning["maths"] < plain["maths"]


def test_words_alone_make_no_topic():
    assert parse_catalogue(CATALOGUE, Leanings(WEIGHTS)).classify("The hive", "A hive.") == {}
