import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InputError
from digest.ground.shipped import catalogue_file, leanings_file
from digest.topics.catalogue_file import Hit, parse_catalogue
from digest.topics.leanings import parse_leanings

SMALL = b"""
families = [["bees", "apiary"]]

[[topic]]
slug = "bees"
name = "Bees & hives"
description = "Keeping bees"
title = ["honey"]
sure = ["beekeeping", "bee hive"]
strong = ["bee", "release + swarm"]
medium = ["pollen"]
weak = ["flower"]
except = ["spelling bee"]

[[topic]]
slug = "maths"
name = "Mathematics"
description = "Numbers"
sure = ["number theory"]
strong = ["theorem"]
"""


@pytest.fixture(scope="module")
def small():
    return parse_catalogue(SMALL)


@pytest.fixture(scope="module")
def shipped():
    leanings = parse_leanings(leanings_file().read_bytes())
    return parse_catalogue(catalogue_file().read_bytes(), leanings)


def test_topics_come_in_the_order_of_the_file(small):
    assert [topic.slug for topic in small.topics] == ["bees", "maths"]
    assert small.name("bees") == "Bees & hives"
    assert small.name("nothing") == "nothing"


def test_a_phrase_in_the_title_decides(small):
    found = small.classify("Beekeeping in towns", "We look at roofs. They are warm.")
    assert list(found) == ["bees"]
    assert 0 < found["bees"] <= 1


def test_two_topics_come_most_confident_first(small):
    abstract = "A bee hive is shown. Beekeeping meets number theory. The theorem counts bee hives."
    found = small.classify("Beekeeping and a theorem of number theory", abstract)
    assert set(found) == {"bees", "maths"}
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_the_part_of_a_topic_counts_what_is_said_again_and_the_title_three_times(small):
    once = small.evidence("Bees", "A theorem is here. It is warm.")  # 3 x 2 beside 2
    assert once["bees"].part == 6 / 8
    again = small.evidence("Bees", "A theorem is a theorem. It is warm. The theorem holds.")
    assert again["bees"].part == 6 / 12
    assert again["maths"].part == 6 / 12
    assert again["bees"].distinct == once["bees"].distinct


def test_the_best_topic_is_there_even_when_it_is_unlikely(small):
    assert list(small.classify("Roofs", "There is a flower. It is red. It is warm.")) == ["bees"]


def test_without_any_phrase_there_is_no_topic(small):
    assert small.classify("Roofs", "They are warm.") == {}


def test_a_phrase_inside_an_exception_does_not_count(small):
    assert small.explain("A spelling bee", "Another spelling bee.") == []


def test_a_title_phrase_counts_in_titles_only(small):
    assert small.explain("Honey", "Honey is sweet.") == [Hit("bees", "honey", "sure", 0)]


def test_both_parts_of_a_combined_phrase_must_be_in_one_sentence(small):
    together = small.explain("", "We release a large swarm.")
    apart = small.explain("", "We release it. The swarm flies.")
    assert [hit.phrase for hit in together] == ["release + swarm"]
    assert apart == []


def test_the_longest_phrase_is_explained_once(small):
    assert [hit.phrase for hit in small.explain("", "The bee hive stands.")] == ["bee hive"]


def test_every_mistake_is_reported_with_its_topic():
    bad = b"""
colour = "red"
families = [["one"], 3]
[[topic]]
slug = "Bees"
name = ""
description = "x"
strong = ["..."]
[[topic]]
slug = "b"
name = "B"
description = "x"
strong = "bee"
stron = []
[[topic]]
slug = "c"
name = "C"
description = "x"
sure = ["c"]
[[topic]]
slug = "c"
name = "C"
description = "x"
sure = ["c"]
[[topic]]
"""
    with pytest.raises(InputError) as caught:
        parse_catalogue(bad)
    message = str(caught.value)
    for part in (
        "unknown entry 'colour'",
        "family number 1 needs two phrases",
        "family number 2 must be a list",
        "topic 'Bees': name must be one line",
        "topic 'Bees': the slug may have small letters",
        "topic 'Bees': strong: '...' has no word",
        "topic 'b': strong must be a list of phrases",
        "topic 'b': unknown entry 'stron'",
        "topic 'c': the slug is used twice",
        "topic number 5: slug must be one line",
        "topic number 5: it needs at least one phrase",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff", "not valid TOML"),
        (b"topic = [", "not valid TOML"),
        (b"", "no [[topic]]"),
        (b"topic = 3", "written as"),
        (b"families = 3", "list of lists"),
    ],
)
def test_what_is_no_catalogue_is_refused(data, reason):
    with pytest.raises(InputError) as caught:
        parse_catalogue(data)
    assert reason in str(caught.value)


def test_the_shipped_catalogue_has_its_27_topics(shipped):
    assert len(shipped.topics) == 27
    assert all(topic.name and topic.description for topic in shipped.topics)


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Evicting Keys: Smaller KV Caches for Faster LLM Inference", "inference"),
        ("Ternary Weights by Post-Training Quantization", "compression"),
        ("A Benchmark for Web Agents that Use Tools", "agents"),
        ("Dense Passage Retrieval for Small Libraries", "retrieval"),
        ("Text-to-SQL over Messy Databases", "structured-data"),
        ("Zero-Shot Text-to-Speech with a Neural Codec", "speech"),
        ("A Survey of Methods for Everything", "survey"),
        ("Machine Translation for Low-Resource Languages", "multilingual"),
    ],
)
def test_a_clear_title_finds_its_topic(shipped, title, topic):
    assert topic in shipped.classify(title, f"We write about the following. {title}.")


def test_a_title_without_an_abstract_finds_all_its_topics(shipped):
    found = shipped.classify("A survey of KV cache compression", "")
    assert {"survey", "compression", "inference"} <= found.keys()


def test_a_topic_that_words_know_nothing_of_is_found_by_its_phrases():
    leanings = parse_leanings(leanings_file().read_bytes())
    found = parse_catalogue(SMALL, leanings).classify("Beekeeping", "A bee hive. Bees in it.")
    assert found["bees"] > 0.9


@given(st.text(max_size=80), st.text(max_size=400))
def test_any_text_has_at_most_four_topics_with_a_confidence(title, abstract):
    catalogue = parse_catalogue(SMALL)
    found = catalogue.classify(title, abstract)
    assert len(found) <= 4
    assert all(0 < confidence <= 1 for confidence in found.values())
