import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.summary.casing import started
from digest.summary.claim import Claim, claim_of
from digest.summary.cuts import balanced, loose
from digest.summary.headline import headline
from tests.summary.texts import papers


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("ThinK: Thinner Key Cache by Pruning", "ThinK: thinner key cache by pruning"),
        ("UMO: Scaling Visual Consistency", "UMO scales visual consistency"),
        ("UMO: Scaling Laws for Hares", "UMO: scaling laws for hares"),
        ("HareRL: Learning to Wait", "HareRL learns to wait"),
        ("HareBench: Evaluating and Improving Queues", "HareBench evaluates and improves queues"),
        ("PEEK: Guiding and Minimal Images", "PEEK: guiding and minimal images"),
        ("Warm Starts: Growing a Model", "Warm Starts: growing a model"),
        (
            "CodecLM: Aligning Language Models with Tailored Synthetic Data",
            "CodecLM aligns language models with tailored\u2026",
        ),
        (
            "HareBench: Evaluating Category Breadth and Query Diversity of Models",
            "HareBench evaluates category breadth",
        ),
        (
            "Hare: A Lossless Decoding Method for Fusing All of the Tokens at Once",
            "Hare: lossless decoding method",
        ),
        (
            "HareSpeech: A State-of-the-Art Bilingual Language Model for Java",
            "HareSpeech: bilingual language model for Java",
        ),
        (
            "Draft Model Knows When to Stop: Decoding for Everybody at Once",
            "Decoding for everybody at once",
        ),
        (
            "A Large Recurrent Action Model: xLSTM Enables Fast Robots",
            "xLSTM enables fast robots",
        ),
        (
            "Draft Model Knows When to Stop: Speculative Decoding Is Fast for Everybody in the End",
            "Draft Model Knows When to Stop",
        ),
        (
            "Transformers Converge to Invariant Algorithmic Cores",
            "Transformers converge to invariant algorithmic\u2026",
        ),
        (
            "Is It Between Queues and Hares That Requests Have to Wait the Most?",
            "Is it between queues and hares that requests\u2026",
        ),
    ],
)
def test_a_headline_says_what_fits(title, line):
    assert headline(claim_of(title, ""), 50) == line


def test_the_abstract_tells_which_abbreviations_are_known():
    title = "Pruning Large Language Models by Half at No Cost"
    abstract = "Large language models (LLMs) are large."
    assert headline(claim_of(title, abstract), 44) == "Pruning LLMs by half at no cost"
    assert claim_of(title, abstract).text == "Pruning large language models by half at no cost"
    assert headline(claim_of(title, ""), 34) == "Pruning large language models\u2026"


def test_a_headline_of_nothing_is_empty():
    assert headline(Claim("", "", ""), 50) == ""


@pytest.mark.parametrize("limit", [0, -1])
def test_there_is_no_headline_without_room(limit):
    with pytest.raises(ValueError, match="limit"):
        headline(Claim("", "Queues", "Queues"), limit)


@given(papers(), st.integers(1, 90))
def test_a_headline_fits_and_ends_well(paper, limit):
    claim = claim_of(*paper)
    line = headline(claim, limit)
    assert len(line) <= limit
    assert bool(line) == bool(claim.text)
    wholes = {claim.line, claim.title, claim.head + claim.short, f"{claim.name} {claim.deed}"}
    wholes |= {started(claim.short)}
    if line in wholes or limit < 20:
        return
    kept = line.removesuffix("\u2026")
    assert not re.search(r"[\s,;:(\u2013\u2014-]$", kept)
    if " " in kept:
        assert balanced(kept)
        assert not loose(kept)


@given(st.text(max_size=200), st.integers(1, 60))
def test_any_title_has_a_headline(title, limit):
    line = headline(claim_of(title, ""), limit)
    assert len(line) <= limit
    assert bool(line) == bool(claim_of(title, "").text)


@pytest.mark.parametrize(
    ("title", "line"),
    [
        (
            "Counting Beetles: Weakly Supervised Detection at the Lamp",
            "Counting Beetles: weakly supervised detection",
        ),
        (
            "JudgeLM: Fine-Tuned Language Models Are Scalable Judges",
            "JudgeLM: fine-tuned language models\u2026",
        ),
        (
            "Small Transformers Match Large Ones on Satellite Images",
            "Small transformers match large ones\u2026",
        ),
        (
            "Perovskite-LLM: Knowledge-Enhanced Language Models for Perovskite Solar Cells",
            "Perovskite-LLM: knowledge-enhanced language\u2026",
        ),
    ],
)
def test_nothing_goes_that_makes_it_true(title, line):
    assert headline(claim_of(title, ""), 47) == line


def test_a_title_that_says_little_is_a_better_headline_than_a_piece_of_the_abstract():
    abstract = (
        "We propose a new, simple design, the Rabbit, based solely on attention, for the snow."
    )
    claim = claim_of("Attention Is All You Need", abstract)
    assert claim.text == "simple design, the Rabbit, based solely on attention, for the snow"
    assert headline(claim, 38) == "Attention Is All You Need"
