"""Take down of labelled papers what a fit needs: grams, phrases and answers."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.linear import Array, Mask, logistic
from digest.evaluation.labelled import Label
from digest.model import Paper
from digest.topics.catalogue import Catalogue
from digest.topics.classifier import phrase_odds
from digest.topics.facts import FACTS, HOME, PhraseFinder, count
from digest.topics.grams import grams_of, length_of
from digest.topics.parts import parts_of

Labelled = Sequence[tuple[Paper, Label]]
FEWEST_PAPERS = 4  # rarer grams are left out; counted in all papers


@dataclass(frozen=True)
class Problem:
    """words: papers x grams, of about unit length. phrases: papers x topics, odds, NaN without.

    given, known: papers x topics (not known: could be argued about).
    """

    slugs: list[str]
    grams: list[str]
    scale: Array
    words: NDArray[np.float32]
    phrases: Array
    given: Mask
    known: Mask


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
    for n, (paper, _) in enumerate(labelled):
        parts = parts_of(paper.title, paper.abstract)
        found = grams_of(parts)
        length = length_of(found)
        for gram, value in found.items():
            if gram in place:
                words[n, place[gram]] = value / length
        for slug, hits in finder.by_topic(parts).items():
            if slug != HOME:
                phrases[n, slugs.index(slug)] = phrase_odds(count(hits, len(parts) - 1))
    words *= scale.astype(np.float32)
    unit = math.sqrt(float((words**2).sum(axis=1).mean()))
    words /= unit
    given = np.array([[slug in label.topics for slug in slugs] for _, label in labelled])
    arguable = [set(label.either) - set(label.topics) for _, label in labelled]
    known = np.array([[slug not in either for slug in slugs] for either in arguable])
    return Problem(slugs, grams, scale / unit, words, phrases, given, known)


def print_phrase_numbers(catalogue: Catalogue, labelled: Labelled) -> None:
    """Print the numbers of classifier.PHRASE_NUMBERS as fitted on labels in new slugs."""
    finder = PhraseFinder(catalogue)
    x, y = [], []
    for paper, label in labelled:
        parts = parts_of(paper.title, paper.abstract)
        for slug, hits in finder.by_topic(parts).items():
            if slug != HOME and not label.former and slug not in label.either:
                x.append([*count(hits, len(parts) - 1), 1.0])
                y.append(slug in label.topics)
    size = len(FACTS) + 1
    numbers = logistic(np.array(x), np.array(y), np.zeros(size), np.array([1.0] * size))
    print("PHRASE_NUMBERS", *np.round(numbers[:-1], 2), "PHRASE_BIAS", round(numbers[-1], 2))
