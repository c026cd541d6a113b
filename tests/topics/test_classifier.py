import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.topics.catalogue_file import parse_catalogue
from digest.topics.classifier import MOST_TOPICS, Classifier
from digest.topics.weights import Weights
from tests.conftest import REPOSITORY
from tests.topics.test_catalogue_file import SMALL

CATALOGUE = parse_catalogue(SMALL)
OTHER_FIELDS = REPOSITORY / "tests" / "data" / "other_fields.jsonl"


@pytest.fixture(scope="module")
def small():
    return Classifier(CATALOGUE)


@pytest.fixture(scope="module")
def shipped(files):
    return files.classifier


def hits(classifier, title, abstract):
    return [(hit.phrase, hit.sure) for one in classifier.judge(title, abstract) for hit in one.hits]


def test_a_sure_phrase_in_the_title_and_again_decides(small):
    found = small.classify("Beekeeping in towns", "We study beekeeping on roofs. They are warm.")
    assert list(found) == ["bees"]
    assert 0.5 < found["bees"] < 1


def test_two_topics_come_most_confident_first(small):
    abstract = "We show a bee hive. Beekeeping meets number theory. It is number theory again."
    found = small.classify("Beekeeping and number theory", abstract)
    assert set(found) == {"bees", "maths"}
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_topics_do_not_compete(small):
    alone = small.judge("Beekeeping", "We keep bee hives.")
    beside = small.judge("Beekeeping and number theory", "We keep bee hives.")
    assert alone[0].confidence == next(one for one in beside if one.slug == "bees").confidence


def test_a_hint_alone_makes_no_topic(small):
    assert small.classify("Pollen", "We study pollen. Pollen is everywhere.") == {}
    (judged,) = small.judge("Pollen", "We study pollen.")
    assert not judged.given


def test_without_any_phrase_there_is_no_topic(small):
    assert small.classify("Roofs", "They are warm.") == {}
    assert small.judge("Roofs", "They are warm.") == []


def test_a_phrase_inside_an_exception_does_not_count(small):
    assert hits(small, "A spelling bee", "Another spelling bee.") == []


def test_a_title_phrase_counts_in_titles_only(small):
    assert hits(small, "Honey", "Honey is sweet.") == [("honey", True)]


def test_the_longest_phrase_is_found_once(small):
    assert hits(small, "", "The bee hive stands.") == [("bee hive", True)]


def learnt(**grams):
    return Classifier(CATALOGUE, Weights(-40, {"bees": (-200, 50)}, grams))


def test_words_confirm_or_deny_a_topic():
    text = ("Beekeeping in towns", "We study beekeeping on roofs where flowers and bees are.")
    assert "bees" in learnt(roof=(0, 3000)).classify(*text)
    assert "bees" not in learnt(roof=(0, -3000)).classify(*text)


def test_words_alone_make_no_topic():
    assert learnt(roof=(0, 9000)).classify("Roofs", "We build roofs for flowers.") == {}


def test_a_paper_of_another_field_needs_more():
    at_home = "We study beekeeping on roofs with bees and flowers."
    abroad = "We study beekeeping on roofs with trees and birds."
    (home,) = learnt(roof=(0, 900)).judge("Beekeeping", at_home)
    (away,) = learnt(roof=(0, 900)).judge("Beekeeping", abroad)
    assert away.confidence < home.confidence


def test_a_topic_that_words_know_nothing_of_is_found_by_its_phrases():
    text = ("Number theory", "We study number theory without a roof.")
    assert learnt(roof=(0, -9000)).classify(*text) == Classifier(CATALOGUE).classify(*text)


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Evicting Keys: Smaller KV Caches for Faster LLM Inference", "inference"),
        ("Ternary Weights by Post-Training Quantization of Language Models", "compression"),
        ("A Benchmark for Web Agents that Use Tools", "agents"),
        ("Dense Passage Retrieval for Small Libraries", "retrieval"),
        ("Text-to-SQL over Messy Databases", "structured-data"),
        ("Zero-Shot Text-to-Speech with a Neural Codec", "speech"),
        ("A Survey of Methods for Large Language Models", "survey"),
        ("Machine Translation for Low-Resource Languages", "multilingual"),
        ("Robot Manipulation with a Vision-Language-Action Model", "robotics"),
        ("3D Gaussian Splatting of Rooms", "3d"),
    ],
)
def test_a_clear_title_finds_its_topic(shipped, title, topic):
    assert topic in shipped.classify(title, f"We write about the following. {title}.")


def test_a_title_without_an_abstract_finds_its_topics(shipped):
    found = shipped.classify("A survey of KV cache compression for large language models", "")
    assert {"survey", "inference"} <= found.keys()


def test_papers_of_other_fields_have_no_topic(shipped):
    papers = [json.loads(line) for line in OTHER_FIELDS.read_text().splitlines()]
    wrong = [one["title"] for one in papers if shipped.classify(one["title"], one["abstract"])]
    assert len(wrong) <= 0.05 * len(papers), wrong


@given(st.text(max_size=80), st.text(max_size=400))
def test_any_text_has_some_topics_with_a_confidence_or_none(title, abstract):
    found = Classifier(CATALOGUE).classify(title, abstract)
    assert len(found) <= MOST_TOPICS
    assert all(0 < confidence < 1 for confidence in found.values())
