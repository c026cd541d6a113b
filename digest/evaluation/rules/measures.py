"""Measures of relevance: how good are topics and rankings, compared with what people said?"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

LEAST_PAPERS = 5  # a topic of fewer says little, and does not count in macro F1


@dataclass(frozen=True, slots=True)
class Judged:
    """One paper's topics: what we said, what people said, and what is neither right nor wrong."""

    predicted: Collection[str]
    topics: Collection[str]
    either: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class F1Scores:
    """F1 over all decisions (micro), the mean over common topics (macro), and each topic's own."""

    micro: float
    macro: float
    per_topic: Mapping[str, float]


def topic_f1(judged: Sequence[Judged]) -> F1Scores:
    """F1 of a multi-label decision; slugs in `either` count neither for nor against.

    Macro is the mean over the topics that LEAST_PAPERS papers have, or over all labelled topics
    when none is so common; a topic that was only predicted lowers micro. Both are 0 when there is
    nothing to measure.
    """
    right: dict[str, int] = {}
    wrong: dict[str, int] = {}
    missed: dict[str, int] = {}
    for paper in judged:
        counted = set(paper.predicted) - set(paper.either)
        for slug in counted & set(paper.topics):
            right[slug] = right.get(slug, 0) + 1
        for slug in counted - set(paper.topics):
            wrong[slug] = wrong.get(slug, 0) + 1
        for slug in set(paper.topics) - counted:
            missed[slug] = missed.get(slug, 0) + 1
    slugs = sorted({slug for paper in judged for slug in paper.topics})
    per_topic = {s: _f1(right.get(s, 0), wrong.get(s, 0), missed.get(s, 0)) for s in slugs}
    counts = {slug: right.get(slug, 0) + missed.get(slug, 0) for slug in slugs}
    common = [f1 for slug, f1 in per_topic.items() if counts[slug] >= LEAST_PAPERS]
    averaged = common or list(per_topic.values())
    return F1Scores(
        micro=_f1(sum(right.values()), sum(wrong.values()), sum(missed.values())),
        macro=sum(averaged) / len(averaged) if averaged else 0.0,
        per_topic=per_topic,
    )


def ndcg(grades: Sequence[int], ideal: Sequence[int], *, k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `k`, gains 2^grade - 1, in [0, 1].

    grades: of the ranked papers, best ranked first. ideal: the grades of all papers, in any order.
    The discount is log2(1 + rank) (Burges et al., Learning to rank using gradient descent, 2005).
    0 when no paper has a grade above 0.
    """
    best = _dcg(sorted(ideal, reverse=True)[:k])
    return _dcg(grades[:k]) / best if best else 0.0


def average_precision(grades: Sequence[int]) -> float:
    """Mean of the precision at each relevant paper, for a complete ranking; 0 when there is none.

    grades: of all papers, best ranked first; above 0 is relevant.
    """
    found, total = 0, 0.0
    for rank, grade in enumerate(grades, start=1):
        if grade > 0:
            found += 1
            total += found / rank
    return total / found if found else 0.0


def _f1(right: int, wrong: int, missed: int) -> float:
    return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 0.0


def _dcg(grades: Sequence[int]) -> float:
    return sum(float(2**grade - 1) / math.log2(1 + r) for r, grade in enumerate(grades, start=1))
