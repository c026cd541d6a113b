"""Take down of labelled papers what a fit needs: grams, phrases and answers."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.linear import Array, Mask, logistic
from digest.evaluation.labelled import Label
from digest.model import Paper
from digest.topics.catalogue import Catalogue
from digest.topics.classifier import phrase_odds
from digest.topics.facts import FACTS, HOME, PhraseFinder, count, read_parts
from digest.topics.grams import grams_of, length_of
from digest.topics.parts import parts_of

FEWEST_PAPERS = 4  # rarer grams are left out; counted in all papers


class LabelledPaper(NamedTuple):
    """A paper, what people said of it, and as how many papers it counts in the fit."""

    paper: Paper
    label: Label
    weight: float = 1.0


Labelled = Sequence[LabelledPaper]


@dataclass(frozen=True)
class Problem:
    """words: papers x grams, of about unit length. phrases: papers x topics, odds, NaN without.

    given, known: papers x topics (not known: could be argued about). counts: as how many papers
    each counts.
    """

    slugs: list[str]
    grams: list[str]
    scale: Array
    words: NDArray[np.float32]
    phrases: Array
    given: Mask
    known: Mask
    counts: Array


def make_problem(catalogue: Catalogue, labelled: Labelled, papers: Sequence[Paper]) -> Problem:
    """Take down the grams and phrases of the labelled papers."""
    slugs = [topic.slug for topic in catalogue.topics]
    finder = PhraseFinder(catalogue)
    spread = Counter(g for p in papers for g in grams_of(parts_of(p.title, p.abstract)))
    grams = sorted(gram for gram, number in spread.items() if number >= FEWEST_PAPERS)
    place = {gram: n for n, gram in enumerate(grams)}
    scale = np.sqrt([math.log(len(papers) / spread[gram]) for gram in grams])
    words = np.zeros((len(labelled), len(grams)), np.float32)
    phrases = np.full((len(labelled), len(slugs)), np.nan)
    for n, one in enumerate(labelled):
        parts = parts_of(one.paper.title, one.paper.abstract)
        found = grams_of(parts)
        length = length_of(found)
        for gram, value in found.items():
            if gram in place:
                words[n, place[gram]] = value / length
        for slug, hits in finder.by_topic(read_parts(parts)).items():
            if slug != HOME:
                phrases[n, slugs.index(slug)] = phrase_odds(count(hits, len(parts) - 1))
    words *= scale.astype(np.float32)
    unit = math.sqrt(float((words**2).sum(axis=1).mean()))
    words /= unit
    given = np.array([[slug in one.label.topics for slug in slugs] for one in labelled])
    arguable = [set(one.label.either) - set(one.label.topics) for one in labelled]
    known = np.array([[slug not in either for slug in slugs] for either in arguable])
    counts = np.array([one.weight for one in labelled])
    return Problem(slugs, grams, scale / unit, words, phrases, given, known, counts)


def print_phrase_numbers(catalogue: Catalogue, labelled: Labelled) -> None:
    """Print the numbers of classifier.PHRASE_NUMBERS as fitted on labels in new slugs."""
    finder = PhraseFinder(catalogue)
    x, y, counts = [], [], []
    for paper, label, weight in labelled:
        parts = parts_of(paper.title, paper.abstract)
        for slug, hits in finder.by_topic(read_parts(parts)).items():
            if slug != HOME and not label.former and slug not in label.either:
                x.append([*count(hits, len(parts) - 1), 1.0])
                y.append(slug in label.topics)
                counts.append(weight)
    size = len(FACTS) + 1
    numbers = logistic(np.array(x), np.array(y), np.array(counts), np.zeros(size), np.ones(size))
    print("PHRASE_NUMBERS", *np.round(numbers[:-1], 2), "PHRASE_BIAS", round(numbers[-1], 2))
