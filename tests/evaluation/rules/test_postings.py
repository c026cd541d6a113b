import math

import numpy as np
import pytest

from digest.evaluation.rules.postings import Postings, terms_of


def test_a_score_is_that_of_bm25():
    postings = Postings([{"a": 2.0, "b": 1.0}, {"b": 1.0}], k1=1.2, b=0.75)
    weight = math.log1p((2 - 1 + 0.5) / (1 + 0.5))
    impact = 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2))
    assert postings.weight("a") == pytest.approx(weight)
    assert postings.score({"a": 1.0}).tolist() == pytest.approx([weight * impact, 0.0])


def test_a_term_of_no_paper_weighs_most_and_scores_nothing():
    postings = Postings([{"a": 1.0}, {"b": 1.0}], k1=1.2, b=0.75)
    assert postings.weight("zebra") > postings.weight("a")
    assert not postings.score({"zebra": 1.0}).any()


def test_no_papers_have_no_scores():
    assert Postings([], k1=1.2, b=0.75).score({"a": 1.0}).shape == (0,)


def test_terms_are_stems_and_neighbours_and_the_title_counts_more():
    assert terms_of(["a", "b"], ["b"], title_weight=3.0) == {"a": 3.0, "b": 4.0, "a b": 3.0}


def test_scores_are_32_bit():
    assert Postings([{"a": 1.0}], k1=1.2, b=0.5).score({"a": 1.0}).dtype == np.float32
