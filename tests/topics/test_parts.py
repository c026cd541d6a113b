from digest.topics.grams import grams_of, length_of
from digest.topics.parts import MOST_SENTENCES, parts_of


def places(title, abstract):
    return [part.place for part in parts_of(title, abstract)]


def test_the_claim_is_the_first_sentence_in_which_authors_act():
    abstract = "Bees are many. We propose a hive. We show that it works."
    assert places("Bees", abstract) == ["title", "first", "claim", "other"]


def test_a_claim_may_be_the_first_sentence():
    assert places("Bees", "This paper presents a hive. It works.") == ["title", "claim", "other"]


def test_a_paper_without_an_abstract_is_its_title():
    assert places("Bees", "") == ["title"]


def test_what_is_endless_is_read_to_a_point():
    assert len(parts_of("Bees", "It is warm. " * 500)) == MOST_SENTENCES + 1
    assert len(parts_of("bee " * 100_000, "")[0].words) <= 5_000


def test_words_and_neighbours_are_counted_without_stop_words():
    grams = grams_of(parts_of("", "Sit down. The wax combs of bees."))
    assert {"wax", "comb", "bee", "wax comb", "comb bee"} <= grams.keys()
    assert "the" not in grams


def test_numbers_count_only_beside_a_word():
    grams = grams_of(parts_of("", "Sit down. A 4 8 bit."))
    assert "8 bit" in grams
    assert not {"4", "8", "4 8"} & grams.keys()


def test_pairs_do_not_reach_over_the_end_of_a_sentence():
    assert "wax comb" not in grams_of(parts_of("", "It is wax. Combs are here."))


def test_a_word_counts_once_more_by_the_place_where_it_stands():
    grams = grams_of(parts_of("Wax", "Honey is sweet. We propose a hive. Bees fly."))
    assert {"^wax", "<honey", "!hive"} <= grams.keys()
    assert "bee" in grams
    assert grams["wax"] > grams["bee"]


def test_a_short_text_is_not_scaled_up():
    assert length_of(grams_of(parts_of("Wax", ""))) == length_of({})
