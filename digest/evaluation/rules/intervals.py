"""How far figures may be off because there are few papers: bootstrap intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.evaluation.rules.measures import LEAST_PAPERS, Judged

DRAWS = 1000
_BOUNDS = (0.025, 0.975)
Interval = tuple[float, float]
Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class F1Intervals:
    """Where F1 lies in 95 of 100 draws of as many papers, the same paper perhaps twice."""

    micro: Interval
    macro: Interval


def f1_intervals(judged: Sequence[Judged]) -> F1Intervals:
    """Return the intervals of `topic_f1`; the same papers always have the same intervals."""
    if not judged:
        return F1Intervals((0.0, 0.0), (0.0, 0.0))
    drawn = _draws(len(judged))
    right, wrong, missed = (drawn @ kind for kind in _tallies(judged))
    micro = _f1(right.sum(axis=1), wrong.sum(axis=1), missed.sum(axis=1))
    labelled = right + missed
    common = labelled >= LEAST_PAPERS
    common |= ~common.any(axis=1, keepdims=True) & (labelled > 0)
    each = np.where(common, _f1(right, wrong, missed), 0.0)
    macro = each.sum(axis=1) / np.maximum(1, common.sum(axis=1))
    return F1Intervals(_interval(micro), _interval(macro))


def mean_interval(values: Sequence[float]) -> Interval:
    """Return where the mean lies in 95 of 100 draws of as many values."""
    if not values:
        return (0.0, 0.0)
    return _interval(_draws(len(values)) @ np.array(values) / len(values))


def _draws(size: int) -> Counts:
    """Return how often each of `size` things is in each draw of as many."""
    return np.random.default_rng(1).multinomial(size, [1 / size] * size, DRAWS).astype(float)


def _tallies(judged: Sequence[Judged]) -> tuple[Counts, Counts, Counts]:
    """Return what was right, wrongly given and missed, each papers x topics."""
    slugs = sorted({slug for one in judged for slug in (*one.predicted, *one.topics)})
    column = {slug: number for number, slug in enumerate(slugs)}
    right, wrong, missed = np.zeros((3, len(judged), len(slugs)))
    for row, one in enumerate(judged):
        given, wanted = set(one.predicted) - set(one.either), set(one.topics)
        for counts, found in (
            (right, given & wanted),
            (wrong, given - wanted),
            (missed, wanted - given),
        ):
            counts[row, [column[slug] for slug in found]] = 1
    return right, wrong, missed


def _f1(right: Counts, wrong: Counts, missed: Counts) -> Counts:
    all_of_it = 2 * right + wrong + missed
    f1: Counts = 2 * right / np.maximum(1, all_of_it)
    return f1


def _interval(values: Counts) -> Interval:
    low, high = np.quantile(values, _BOUNDS).tolist()
    return (low, high)
