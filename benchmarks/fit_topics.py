"""Fit what topics weigh on labelled papers, and say honestly how good that is on other papers.

    python -m benchmarks.fit_topics LABELS DUMPS

Five numbers are fitted, for all topics together: the four of the logistic function in
digest/core/catalogue.py and its threshold. All are chosen inside each training part.
"""

import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digest.core.catalogue import MOST_TOPICS, Catalogue
from digest.core.evaluation import Judged, topic_f1
from digest.core.identity import identity
from digest.core.topics import parse_catalogue
from digest.services.labelled import Label, read_labels, read_papers
from digest.shipped import catalogue_file

Array = NDArray[np.float64]
FOLDS = 10
SEEDS = range(5)
RIDGE = 0.3


@dataclass(frozen=True)
class Problem:
    """facts: papers x topics x 3. given, known: papers x topics (not known: in `either`)."""

    slugs: list[str]
    labels: list[Label]
    facts: Array
    given: NDArray[np.bool_]
    known: NDArray[np.bool_]


def make_problem(catalogue: Catalogue, labels: list[Label], dumps: Path) -> Problem:
    """Look up the labelled papers and take down the facts about their phrases."""
    papers = {identity(paper.title): paper for paper in read_papers(dumps)}
    slugs = [topic.slug for topic in catalogue.topics]
    facts = np.zeros((len(labels), len(slugs), 3))
    for n, label in enumerate(labels):
        paper = papers[identity(label.title)]
        for slug, known in catalogue.evidence(paper.title, paper.abstract).items():
            facts[n, slugs.index(slug)] = known.distinct, known.coverage, known.share
    return Problem(
        slugs,
        labels,
        facts,
        np.array([[slug in label.topics for slug in slugs] for label in labels]),
        np.array([[slug not in label.either for slug in slugs] for label in labels]),
    )


def fit(problem: Problem, papers: NDArray[np.intp]) -> Array:
    """Weights of the three facts and the bias: penalised logistic regression by Newton's method."""
    known = problem.known[papers]
    x = np.c_[problem.facts[papers][known], np.ones(known.sum())]
    y = problem.given[papers][known].astype(float)
    penalty = np.array([RIDGE, RIDGE, RIDGE, 1e-3])
    weights = np.zeros(4)
    for _ in range(30):
        p = 1 / (1 + np.exp(-(x @ weights)))
        curvature = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        weights -= np.linalg.solve(curvature, x.T @ (p - y) + penalty * weights)
    return weights


def choose(odds: Array, facts: Array, threshold: float) -> NDArray[np.bool_]:
    """The rule of Catalogue.classify, for many papers at once."""
    sure = np.where(facts.any(axis=2), 1 / (1 + np.exp(-odds)), 0)
    rank = np.argsort(np.argsort(-sure, axis=1, kind="stable"), axis=1)
    kept = (sure >= threshold) & (rank < MOST_TOPICS)
    chosen: NDArray[np.bool_] = kept | ((rank == 0) & (sure > 0))
    return chosen


def scores(
    problem: Problem, chosen: NDArray[np.bool_], papers: NDArray[np.intp]
) -> tuple[float, float]:
    """Micro and macro F1."""
    judged = [
        Judged(
            [problem.slugs[t] for t in np.flatnonzero(row)],
            problem.labels[n].topics,
            problem.labels[n].either,
        )
        for n, row in zip(papers, chosen, strict=True)
    ]
    result = topic_f1(judged)
    return result.micro, result.macro


def tune(problem: Problem, odds: Array, papers: NDArray[np.intp]) -> float:
    """The threshold that gives the best sum of micro and half macro F1."""

    def gain(threshold: float) -> float:
        micro, macro = scores(problem, choose(odds, problem.facts[papers], threshold), papers)
        return micro + macro / 2

    return max((float(level) for level in np.arange(0.15, 0.6, 0.05)), key=gain)


def cross_validate(problem: Problem, seed: int) -> NDArray[np.bool_]:
    """Topics of each paper by numbers that were fitted on the other nine tenths."""
    fold = np.random.default_rng(seed).permutation(len(problem.labels)) % FOLDS
    chosen = np.zeros(problem.given.shape, dtype=bool)
    for n in range(FOLDS):
        train, test = np.flatnonzero(fold != n), np.flatnonzero(fold == n)
        weights = fit(problem, train)
        odds = problem.facts @ weights[:3] + weights[3]
        threshold = tune(problem, odds[train], train)
        chosen[test] = choose(odds[test], problem.facts[test], threshold)
    return chosen


def is_development(title: str) -> bool:
    """Whether phrases may be improved by looking at this paper; the others are only scored."""
    return hashlib.sha256(_words(title).encode()).digest()[0] % 2 == 0


def _words(title: str) -> str:
    return " ".join(re.findall(r"\w+", title.lower()))


def report(problem: Problem) -> None:
    """Print the cross-validated figures, means over several ways to fold."""
    everyone = np.arange(len(problem.labels))
    looked_at = np.array([is_development(label.title) for label in problem.labels])
    runs = [cross_validate(problem, seed) for seed in SEEDS]
    print(f"{'cross-validated, ' + str(FOLDS) + ' folds':26} micro macro F1")
    for name, part in (
        ("all", everyone),
        ("development half", everyone[looked_at]),
        ("held-out half", everyone[~looked_at]),
    ):
        micro, macro = np.mean([scores(problem, run[part], part) for run in runs], axis=0)
        print(f"  {name:24} {micro:.3f} {macro:.3f}  ({len(part)} papers)")


def main() -> None:
    """Report, then print the constants fitted on all papers."""
    labels, dumps = read_labels(Path(sys.argv[1])), Path(sys.argv[2])
    problem = make_problem(parse_catalogue(catalogue_file().read_bytes()), labels, dumps)
    report(problem)
    everyone = np.arange(len(labels))
    weights = fit(problem, everyone)
    threshold = tune(problem, problem.facts @ weights[:3] + weights[3], everyone)
    print(f"_DISTINCT {weights[0]:.2f}  _COVERAGE {weights[1]:.2f}  _SHARE {weights[2]:.2f}")
    print(f"_BIAS {weights[3]:.2f}  _THRESHOLD {threshold:.2f}")


if __name__ == "__main__":
    main()
