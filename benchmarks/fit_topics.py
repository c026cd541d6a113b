"""Make the learnt weights from labelled and unlabelled papers, and say how good they are.

    python -m benchmarks.fit_topics --papers PLACE ... --labels FILE ... [--dump-labels FILE ...]
                                    [--others FILE] [--write]

Papers and labels are read as `digest eval` reads them; papers of other fields are JSON Lines of
title and abstract. Labels of papers of the dumps are given apart from others: there are few, and
each counts as DUMP_WEIGHT papers. Three steps, each for every topic by itself:

1. Ridge regression of what people said (1, 0, and ARGUABLE for `either`) on the grams of a paper.
   How rare a gram is comes from all papers, labelled or not.
2. Logistic regression of what people said on two numbers: what step 1 predicts of a paper that it
   has not seen, and the phrase odds. Each topic is drawn to what holds for all of them.
3. The KEPT weights of each topic that matter most are written, in whole numbers.

Labels in the slugs of the former catalogue: where several topics stand for a former one, the
likeliest is taken as given, and the others as arguable. Without --write it cross-validates only.
"""

import argparse
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.linear import Array, Mask, logistic, ridge
from benchmarks.topic_problem import (
    Labelled,
    LabelledPaper,
    Problem,
    make_problem,
    print_phrase_numbers,
)
from digest.evaluation.labelled import Label, key_of, read_labels, read_papers
from digest.ground.shipped import catalogue_file, fitted_papers_file, topic_weights_file
from digest.model import Paper
from digest.papers.rules.identity import identity
from digest.topics.catalogue_file import parse_catalogue
from digest.topics.former_slugs import FORMER_SLUGS
from digest.topics.weights import UNIT, Weights, write_weights

RIDGE = 0.3
ARGUABLE = 0.3  # target for topics that one careful person would give and another would not
DRAWN = 2.0  # how strongly a topic is drawn to what holds for all
KEPT = 3000  # weights for each topic
FOLDS = 5
NO_PHRASE = -9.0  # odds where no phrase of a topic occurs
THRESHOLD = -0.3  # odds from which a topic is given; F1 is flat from -0.6 to -0.2
DUMP_WEIGHT = 2.5  # as how many papers one of the dumps counts, which are few
HEADING = (
    "Learnt weights of words and pairs of words for topics; see digest/topics/weights.py.",
    "Written by `python -m benchmarks.fit_topics`; not edited by hand.",
)


FITTED = "Keys of the papers on whose labels weights.txt was fitted, for `digest eval`."


@dataclass(frozen=True)
class Model:
    """numbers: topics x 3: of the words' prediction, of the phrase odds, bias. words: see ridge."""

    coefficients: Array
    means: Array
    numbers: Array

    def odds(self, kernel: Array, phrases: Array) -> Array:
        """Papers x topics; kernel: these papers x those of the fit."""
        return combine(kernel @ self.coefficients + self.means, phrases, self.numbers)


def combine(words: Array, phrases: Array, numbers: Array) -> Array:
    """The odds by words and phrases; NO_PHRASE where there is no phrase."""
    odds = words * numbers[:, 0] + np.nan_to_num(phrases) * numbers[:, 1] + numbers[:, 2]
    return np.where(np.isnan(phrases), NO_PHRASE, odds)


def fit(kernel: Array, phrases: Array, given: Mask, known: Mask, counts: Array) -> Model:
    """Steps 1 and 2 on these papers."""
    targets = np.where(known, given, ARGUABLE)
    coefficients, means, left_out = ridge(kernel, targets, RIDGE, counts)
    pairs = np.stack([left_out, np.nan_to_num(phrases), np.ones_like(left_out)], axis=2)
    counted = known & ~np.isnan(phrases)
    each = np.broadcast_to(counts[:, None], known.shape)
    together = logistic(
        pairs[counted], given[counted], each[counted], np.array([8.0, 0.5, -3.0]), np.full(3, 0.01)
    )
    strength = DRAWN * np.array([1 / 64, 1.0, 0.3])  # predictions differ by about an eighth
    numbers = np.array(
        [
            logistic(pairs[rows, n], given[rows, n], counts[rows], together, strength)
            for n, rows in enumerate(known.T)
        ]
    )
    return Model(coefficients, means, numbers)


def resolve_old(problem: Problem, labelled: Labelled, kernel: Array) -> Problem:
    """Say labels in old slugs in new ones, by what a fit on all other labels thinks likeliest."""
    old = np.array([one.label.former for one in labelled])
    if not old.any():
        return problem
    rest = np.flatnonzero(~old)
    model = fit_some(kernel, problem, rest)
    odds = model.odds(kernel[:, rest], problem.phrases)
    given, known = problem.given.copy(), problem.known.copy()
    covered = {slug for new in FORMER_SLUGS.values() for slug in new}
    for n in map(int, np.flatnonzero(old)):
        given[n], known[n] = False, [slug in covered for slug in problem.slugs]
        label = labelled[n].label
        for slug in (*label.either, *label.topics):
            known[n, [problem.slugs.index(new) for new in FORMER_SLUGS[slug]]] = False
        for slug in label.topics:
            places = [problem.slugs.index(new) for new in FORMER_SLUGS[slug]]
            likeliest = max(places, key=lambda place: odds[n, place])
            given[n, likeliest] = known[n, likeliest] = True
    return replace(problem, given=given, known=known)


def fit_some(kernel: Array, problem: Problem, rows: NDArray[np.intp]) -> Model:
    """Fit on these rows of a problem."""
    square = kernel[np.ix_(rows, rows)]
    return fit(
        square,
        problem.phrases[rows],
        problem.given[rows],
        problem.known[rows],
        problem.counts[rows],
    )


def cross_validate(problem: Problem, labelled: Labelled, kernel: Array) -> Mask:
    """Topics of each paper by a model that was fitted on the other folds (title hashes)."""
    fold = np.array([zlib.crc32(one.paper.title.encode()) % FOLDS for one in labelled])
    chosen = np.zeros(problem.given.shape, dtype=bool)
    for n in range(FOLDS):
        rest, test = np.flatnonzero(fold != n), np.flatnonzero(fold == n)
        model = fit_some(kernel, problem, rest)
        odds = model.odds(kernel[np.ix_(test, rest)], problem.phrases[test])
        chosen[test] = odds >= THRESHOLD
    return chosen


def report(problem: Problem, labelled: Labelled, chosen: Mask) -> None:
    """Print cross-validated figures for papers with new labels, old labels, and other fields."""
    old = np.array([one.label.former for one in labelled])
    other = ~np.array([bool(one.label.topics or one.label.either) for one in labelled])
    for name, rows in (("new slugs", ~old & ~other), ("old slugs", old)):
        micro, macro = f1(chosen[rows], problem.given[rows], problem.known[rows])
        print(f"{name}: {rows.sum()} papers, micro F1 {micro:.3f}, macro {macro:.3f}")
    print(f"other fields: {chosen[other].any(axis=1).sum()} of {other.sum()} get a topic")


def weights_of(problem: Problem, model: Model) -> Weights:
    """Turn a model of all papers into weights of grams in whole numbers, the KEPT largest."""
    words = (problem.words.T @ model.coefficients) * model.numbers[:, 0]
    heard = np.sqrt((problem.words**2).mean(axis=0))[:, None]  # how much a gram is ever heard
    felt = np.abs(words) * heard
    if len(words) > KEPT:
        words[felt < -np.sort(-felt, axis=0)[KEPT - 1]] = 0.0
    whole = np.rint(words * problem.scale[:, None] * UNIT).astype(int)
    bias = np.rint((model.numbers[:, 2] + model.means * model.numbers[:, 0]) * UNIT).astype(int)
    phrases = np.rint(model.numbers[:, 1] * UNIT).astype(int)
    grams = {
        gram: tuple(int(n) for t in np.flatnonzero(row) for n in (t, row[t]))
        for gram, row in zip(problem.grams, whole, strict=True)
        if row.any()
    }
    topics = {s: (int(b), int(p)) for s, b, p in zip(problem.slugs, bias, phrases, strict=True)}
    return Weights(round(THRESHOLD * UNIT), topics, grams)


def f1(chosen: Mask, given: Mask, known: Mask) -> tuple[float, float]:
    """Micro F1, and macro F1 of topics that five papers or more have; unknown pairs left out."""
    right = (chosen & given & known).sum(axis=0)
    wrong = ((chosen != given) & known).sum(axis=0)
    micro = 2 * right.sum() / max(1, 2 * right.sum() + wrong.sum())
    each = 2 * right / np.maximum(1, 2 * right + wrong)
    common = given.sum(axis=0) >= 5
    return float(micro), float(each[common].mean()) if common.any() else 0.0


def read(
    places: Sequence[Path], files: Sequence[Path], of_dumps: Sequence[Path], others: Path | None
) -> tuple[list[Paper], Labelled]:
    """Read papers and labels; papers of other fields are labelled with no topic."""
    papers = read_papers(*places)
    by_identity = {identity(paper.title): paper for paper in papers}
    weighed = [(file, 1.0) for file in files] + [(file, DUMP_WEIGHT) for file in of_dumps]
    labelled = [
        LabelledPaper(by_identity[identity(label.title)], label, weight)
        for file, weight in weighed
        for label in read_labels(file)
    ]
    elsewhere = read_papers(others) if others else []
    labelled += [LabelledPaper(paper, Label(paper.title, (), ())) for paper in elsewhere]
    return papers, labelled


def keys(labelled: Labelled) -> str:
    """Return what tells `digest eval` on which papers the weights were fitted."""
    listed = sorted({key_of(one.paper.title) for one in labelled})
    return "\n".join((f"# {FITTED}", *listed, ""))


def main() -> None:
    """Read, cross-validate, and write with --write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--papers", nargs="+", type=Path, required=True)
    parser.add_argument("--labels", nargs="+", type=Path, required=True)
    parser.add_argument("--dump-labels", nargs="+", type=Path, default=[])
    parser.add_argument("--others", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    catalogue = parse_catalogue(catalogue_file().read_bytes())
    papers, labelled = read(options.papers, options.labels, options.dump_labels, options.others)
    problem = make_problem(catalogue, labelled, papers)
    kernel = (problem.words @ problem.words.T).astype(float)
    problem = resolve_old(problem, labelled, kernel)
    print(f"{len(labelled)} labelled papers, {len(problem.grams)} grams")
    print_phrase_numbers(catalogue, labelled)
    if options.write:
        weights = weights_of(problem, fit_some(kernel, problem, np.arange(len(labelled))))
        topic_weights_file().write_bytes(write_weights(HEADING, weights))
        fitted_papers_file().write_text(keys(labelled), encoding="ascii")
    else:
        report(problem, labelled, cross_validate(problem, labelled, kernel))


if __name__ == "__main__":
    main()
