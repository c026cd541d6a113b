import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InputError
from digest.interests.relevance import MATCH, InterestIndex
from digest.model import Paper
from tests.interests.knowledge import shipped

TEXTS = [
    ("Clicking Well: A Benchmark for Computer-Use Agents", "We test agents on desktops."),
    ("Agents That Negotiate", "LLM agents use prices. We show that agents agree sooner."),
    ("Learning to Call Tools", "We teach tool learning to models. Tools are called by name."),
    ("Growing Tomatoes with Robots", "A robot handles gardening tools. Gardening is hard."),
    ("Discovering Equations", "Equation discovery finds laws. A drug trial is one example."),
    ("Finding New Medicines", "Drug discovery with ligands that bind to a protein."),
    ("A World Model for Games", "The world model predicts frames. Simulators are world models."),
    ("World Knowledge in Text", "We probe knowledge of the world. Models know facts."),
    ("Answers from Documents", "Retrieval-augmented generation (RAG) grounds answers."),
    ("Generating Videos", "Text-to-video generation with diffusion. Video generation is slow."),
]
PAPERS = [Paper(n, *text) for n, text in enumerate(TEXTS, start=1)]


@pytest.fixture(scope="module")
def index():
    return InterestIndex(PAPERS, shipped)


@pytest.mark.parametrize(
    ("phrase", "numbers"),
    [
        ("computer use agents", [0]),
        ("gardening tools", [3]),
        ("drug discovery", [5]),
        ("world models", [6]),
        ("RAG", [8]),
        ("GUI agent", [0]),
        ("Videogenerierung", [9]),
        ("computer use agents or RAG", [0, 8]),
        ("quantum computing", []),
        ("drug tools", []),
        ("world models -simulators", []),
        ('agents "prices"', [1]),
    ],
)
def test_an_interest_means_all_that_it_says(index, phrase, numbers):
    assert np.flatnonzero(index.scores(phrase) >= MATCH).tolist() == numbers


def test_a_missing_part_is_no_match(index):
    for phrase in ("gardening robots for tomatoes in space", "equation drug tools world"):
        assert (index.scores(phrase) < MATCH).all()


def test_the_reason_names_what_made_the_link(index):
    assert "another name for “gui”" in index.why("GUI agent", 0)
    assert index.why("world models", 6) == "“world models” in the title"
    assert "no “quantum" in index.why("quantum tools", 2)


def test_papers_on_the_topics_of_the_best_answers_rank_higher():
    texts = [("World Models", "World models predict."), ("On Games", "Plans."), ("On Tea", "Leaf.")]
    topics = [{"world-models": 0.9}, {"world-models": 0.9}, {"tea": 0.9}]
    papers = [Paper(n, *text, topics=topics[n]) for n, text in enumerate(texts)]
    scores = InterestIndex(papers, shipped).scores("world models")
    assert scores[0] >= MATCH > scores[1] > scores[2]


def test_scores_are_32_bit_thousandths(index):
    scores = index.scores("agents")
    assert scores.dtype == np.float32
    assert scores.tolist() == pytest.approx(np.round(scores.astype(float), 3).tolist(), abs=1e-6)


def test_an_interest_without_words_matches_nothing(index):
    for phrase in ("", "the and of", "?!", "-agents", "量化"):
        assert not index.scores(phrase).any()
        with pytest.raises(InputError):
            index.why(phrase, 0)


def test_mentions_are_literal_stems_within_title_or_sentence(index):
    assert np.flatnonzero(index.mentions("discovering equations")).tolist() == [4]
    assert not index.mentions("equations we").any()
    assert not index.mentions("documents retrieval").any()
    assert not index.mentions("").any()


def test_an_edition_without_papers_and_papers_without_words():
    empty = InterestIndex([], shipped)
    assert empty.scores("agents").shape == empty.mentions("agents").shape == (0,)
    bare = InterestIndex([Paper(1, "", ""), Paper(2, "t", "")], shipped)
    assert (bare.scores("agents") < MATCH).all()


@given(st.text(max_size=300))
def test_any_phrase_can_be_scored(phrase):
    index = InterestIndex(PAPERS[:3], shipped)
    scores = index.scores(phrase)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert index.mentions(phrase).shape == (3,)


def test_one_interest_takes_about_a_millisecond(index):
    start = time.process_time()
    for number in range(200):
        index.scores(f"world models {number}")
    assert time.process_time() - start < 1.0
