"""Fit what topics weigh on labelled papers, and say honestly how good that is on other papers.

    python -m benchmarks.fit_topics LABELS DUMPS [--write]

Two layers, both chosen inside each training part: five numbers for all topics together (those of
the logistic function in digest/topics/catalogue.py), and the weights of words, a ridge regression
on what the numbers leave unexplained. `--write` fits on all papers, writes the weights to
digest/catalogue/words.txt and prints the numbers.
"""

import hashlib
import math
import re
import sys
from collections import Counter
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digest.evaluation.labelled import Label, read_labels, read_papers
from digest.evaluation.rules.measures import Judged, topic_f1
from digest.ground.shipped import catalogue_file, leanings_file
from digest.ground.text.phrases import Key
from digest.ground.text.sentences import sentences
from digest.ground.text.words import singulars
from digest.model import Paper
from digest.papers.rules.identity import identity
from digest.topics.catalogue import MOST_TOPICS, Catalogue
from digest.topics.catalogue_file import parse_catalogue
from digest.topics.leanings import grams, write_leanings

Array = NDArray[np.float64]
FOLDS = 10
SEEDS = range(5)
RIDGE = 3.0  # of the numbers, on facts scaled to unit variance
RIDGE_WORDS = 0.3  # of the words, on texts scaled to a mean square length of one
FEWEST_PAPERS = 3  # rarer words and pairs are left out; counted in all papers, labelled or not
KEPT_WORDS = 500  # weights for each topic, those that are furthest from zero
FEWEST_LABELLED = 10  # a topic of fewer papers gets no words: they would only say how rare it is
THRESHOLD = 0.42  # half the F1 that can be hoped for, which is where F1 is best
HEADING = (
    "Weights of words and pairs of words for topics, in hundredths of log-odds.",
    "Written by `python -m benchmarks.fit_topics LABELS DUMPS --write`; not edited by hand.",
    "Figures for the very papers that this was fitted on flatter; see docs/why/relevance.md.",
)


@dataclass(frozen=True)
class Problem:
    """facts: papers x topics x 4. words: papers x grams, unit mean square length, times `scale`.

    given, known: papers x topics (not known: in `either`).
    """

    slugs: list[str]
    labels: list[Label]
    facts: Array
    grams: list[Key]
    words: Array
    scale: Array
    given: NDArray[np.bool_]
    known: NDArray[np.bool_]


@dataclass(frozen=True)
class Model:
    """weights: of the four facts, then the bias. words: grams x topics, in odds."""

    weights: Array
    words: Array

    def odds(self, facts: Array, words: Array) -> Array:
        """Papers x topics; -inf where no phrase of the topic occurs."""
        odds = facts @ self.weights[:-1] + self.weights[-1] + words @ self.words
        possible: Array = np.where(facts.any(axis=2), odds, -np.inf)
        return possible


def make_problem(catalogue: Catalogue, labels: list[Label], dumps: Path) -> Problem:
    """Look up the labelled papers and take down the facts about their phrases and words."""
    everything = read_papers(dumps)
    papers = {identity(paper.title): paper for paper in everything}
    labelled = [papers[identity(label.title)] for label in labels]
    slugs = [topic.slug for topic in catalogue.topics]
    facts = np.zeros((len(labels), len(slugs), 4))
    for n, paper in enumerate(labelled):
        for slug, known in catalogue.evidence(paper.title, paper.abstract).items():
            facts[n, slugs.index(slug)] = astuple(known)
    spread = Counter(gram for paper in everything for gram in _grams(paper))
    columns = sorted(gram for gram, papers in spread.items() if papers >= FEWEST_PAPERS)
    scale = np.array([math.log(len(everything) / spread[gram]) for gram in columns])
    words = _matrix(labelled, columns) * scale
    length = math.sqrt(float((words**2).sum(axis=1).mean()))
    return Problem(
        slugs,
        labels,
        facts,
        columns,
        words / length,
        scale / length,
        np.array([[slug in label.topics for slug in slugs] for label in labels]),
        np.array([[slug not in label.either for slug in slugs] for label in labels]),
    )


def _grams(paper: Paper) -> dict[Key, float]:
    return grams([singulars(paper.title), *map(singulars, sentences(paper.abstract))])


def _matrix(papers: list[Paper], columns: list[Key]) -> Array:
    place = {gram: n for n, gram in enumerate(columns)}
    matrix = np.zeros((len(papers), len(columns)))
    for n, paper in enumerate(papers):
        for gram, value in _grams(paper).items():
            if gram in place:
                matrix[n, place[gram]] = value
    return matrix


def fit(problem: Problem, papers: NDArray[np.intp]) -> Model:
    """Fit the facts, then words to the residuals, then the facts and the words' share together.

    How much the words count is judged by what each paper's residual is predicted to be when the
    paper is left out (the closed form of ridge regression), so that they cannot flatter themselves.
    """
    facts, given, known = problem.facts[papers], problem.given[papers], problem.known[papers]
    counted = known & facts.any(axis=2)
    chance = _chances(facts, _logistic_regression(facts[counted], given[counted]))
    residual = np.where(counted, given - chance, np.where(known, given, 0.0))
    words = problem.words[papers]
    inverse = np.linalg.inv(words @ words.T + RIDGE_WORDS * np.eye(len(papers)))
    smoother = words @ words.T @ inverse
    own = np.diag(smoother)[:, None]
    left_out = (smoother @ residual - own * residual) / (1 - own)
    together = np.concatenate([facts, left_out[:, :, None]], axis=2)
    weights = _logistic_regression(together[counted], given[counted])
    common = given.sum(axis=0) >= FEWEST_LABELLED
    leaning = _strongest(words.T @ inverse @ residual) * weights[-2] * common
    return Model(np.delete(weights, -2), leaning)


def _strongest(words: Array) -> Array:
    if len(words) <= KEPT_WORDS:
        return words
    least = -np.sort(-np.abs(words), axis=0)[KEPT_WORDS]
    kept: Array = np.where(np.abs(words) > least, words, 0.0)
    return kept


def _chances(facts: Array, weights: Array) -> Array:
    chances: Array = 1 / (1 + np.exp(-(facts @ weights[:-1] + weights[-1])))
    return chances


def _logistic_regression(x: Array, y: NDArray[np.bool_]) -> Array:
    """Weights and, last, the bias: penalised logistic regression by Newton's method."""
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-9
    x = np.c_[(x - mean) / deviation, np.ones(len(x))]
    penalty = np.array([RIDGE] * len(mean) + [1e-3])
    weights = np.zeros(len(penalty))
    for _ in range(15):
        p = 1 / (1 + np.exp(-(x @ weights)))
        curvature = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        weights -= np.linalg.solve(curvature, x.T @ (p - y) + penalty * weights)
    slopes = weights[:-1] / deviation
    fitted: Array = np.append(slopes, weights[-1] - slopes @ mean)
    return fitted


def choose(odds: Array) -> NDArray[np.bool_]:
    """The rule of Catalogue.classify, for many papers at once."""
    sure = 1 / (1 + np.exp(-odds))
    rank = np.argsort(np.argsort(-sure, axis=1, kind="stable"), axis=1)
    kept = (sure >= THRESHOLD) & (rank < MOST_TOPICS)
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


def cross_validate(problem: Problem, seed: int, *, words: bool = True) -> NDArray[np.bool_]:
    """Topics of each paper by a model that was fitted on the other nine tenths."""
    fold = np.random.default_rng(seed).permutation(len(problem.labels)) % FOLDS
    chosen = np.zeros(problem.given.shape, dtype=bool)
    for n in range(FOLDS):
        train, test = np.flatnonzero(fold != n), np.flatnonzero(fold == n)
        model = fit(problem, train)
        if not words:
            facts = problem.facts[train]
            counted = problem.known[train] & facts.any(axis=2)
            weights = _logistic_regression(facts[counted], problem.given[train][counted])
            model = Model(weights, np.zeros_like(model.words))
        chosen[test] = choose(model.odds(problem.facts[test], problem.words[test]))
    return chosen


def is_development(title: str) -> bool:
    """Whether phrases may be improved by looking at this paper; the others are only scored."""
    return hashlib.sha256(_words(title).encode()).digest()[0] % 2 == 0


def _words(title: str) -> str:
    return " ".join(re.findall(r"\w+", title.lower()))


def report(problem: Problem, *, words: bool) -> None:
    """Print the cross-validated figures: mean and spread over several ways to fold."""
    everyone = np.arange(len(problem.labels))
    looked_at = np.array([is_development(label.title) for label in problem.labels])
    runs = [cross_validate(problem, seed, words=words) for seed in SEEDS]
    print(f"{'with' if words else 'without'} words, {FOLDS} folds        micro         macro F1")
    for name, part in (
        ("all", everyone),
        ("development half", everyone[looked_at]),
        ("held-out half", everyone[~looked_at]),
    ):
        found = np.array([scores(problem, run[part], part) for run in runs])
        shown = "  ".join(
            f"{mean:.3f} +-{spread:.3f}"
            for mean, spread in zip(found.mean(axis=0), found.std(axis=0), strict=True)
        )
        print(f"  {name:24} {shown}  ({len(part)} papers)")


def main() -> None:
    """Report, then fit on all papers."""
    labels, dumps = read_labels(Path(sys.argv[1])), Path(sys.argv[2])
    problem = make_problem(parse_catalogue(catalogue_file().read_bytes()), labels, dumps)
    report(problem, words=False)
    report(problem, words=True)
    model = fit(problem, np.arange(len(labels)))
    distinct, coverage, share, part, bias = model.weights
    print(f"_DISTINCT {distinct:.2f}  _COVERAGE {coverage:.2f}  ", end="")
    print(f"_SHARE {share:.2f}  _PART {part:.2f}")
    print(f"_BIAS {bias:.2f}  _THRESHOLD {THRESHOLD:.2f}")
    if "--write" in sys.argv[3:]:
        scaled = model.words * problem.scale[:, None]
        weights = {
            gram: {problem.slugs[t]: float(row[t]) for t in np.flatnonzero(row)}
            for gram, row in zip(problem.grams, scaled, strict=True)
        }
        leanings_file().write_bytes(write_leanings(HEADING, weights))


if __name__ == "__main__":
    main()
