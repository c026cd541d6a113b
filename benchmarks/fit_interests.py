"""Fit the weights of digest/interests/relevance.py on labelled interests; say how good they are.

    python -m benchmarks.fit_interests PAPERS LABELS [PAPERS LABELS ...] [--only-measure]

PAPERS is JSON Lines (.gz or not) or a JSON array of title and abstract; LABELS is JSON Lines of
interest, exact, partly: titles. Weighted logistic regression with a ridge: a paper that answers
exactly is 1, partly one half. Each interest counts less per paper the more answers it has. Of
several facets the best one is taken, by the weights of the round before. Prints the weights and
cross-validated figures, the bias shifted so that RIGHT of what is called a match is right; with
--only-measure the figures of the weights as shipped.
"""

import gzip
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.evaluation.rules.measures import ndcg
from digest.ground.shipped import catalogue_file, knowledge_files, topic_weights_file
from digest.interests.knowledge import parse_knowledge
from digest.interests.relevance import BIAS, FACTS, WEIGHTS, InterestIndex
from digest.model import Paper
from digest.topics.catalogue_file import parse_catalogue
from digest.topics.classifier import Classifier
from digest.topics.weights import parse_topic_weights

RIDGE, ROUNDS, STEPS, FOLDS = 1.0, 3, 40, 8
RIGHT = 0.85

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """One interest: the facts of each of its facets, and the grade of each paper (2, 1 or 0)."""

    facets: list[Floats]
    grades: NDArray[np.int64]


def main() -> None:
    """Fit, cross-validate, print."""
    paths = [Path(part) for part in sys.argv[1:] if not part.startswith("--")]
    judged = [one for pair in zip(paths[::2], paths[1::2], strict=True) for one in read(*pair)]
    if "--only-measure" in sys.argv:
        shipped = np.array([*WEIGHTS, BIAS])
        print(figures([odds_of(one.facets, shipped) for one in judged], judged, 0.0))
        return
    order = [n for fold in range(FOLDS) for n in range(fold, len(judged), FOLDS)]
    held_out = [odds for fold in range(FOLDS) for odds in _held_out(judged, fold)]
    kept = [judged[n] for n in order]
    level = _level(np.concatenate(held_out), np.concatenate([one.grades for one in kept]))
    print("cross-validated:", figures(held_out, kept, level))
    weights = fit(judged)
    print("WEIGHTS =", tuple(weights[:-1].round(2).tolist()), "of", FACTS)
    print(f"BIAS = {weights[-1] - level:.2f}")


def read(papers_at: Path, labels_at: Path) -> Iterator[Judged]:
    """Read papers, give them their topics, and find the facts about each interest."""
    learnt, names, foreign = knowledge_files()
    texts = "\n".join(path.read_text("utf-8") for path in names)
    knowledge = parse_knowledge(np.load(learnt), texts, foreign.read_text("utf-8"))
    weights = parse_topic_weights(topic_weights_file().read_bytes())
    classifier = Classifier(parse_catalogue(catalogue_file().read_bytes()), weights)
    rows = [(row["title"], row["abstract"]) for row in _rows(papers_at)]
    papers = [
        Paper(n, *text, topics=classifier.classify(*text)) for n, text in enumerate(rows, start=1)
    ]
    index = InterestIndex(papers, lambda: knowledge)
    place = {_key(paper.title): number for number, paper in enumerate(papers)}
    for row in _rows(labels_at):
        grades = np.zeros(len(papers), dtype=np.int64)
        grades[[place[_key(title)] for title in row.get("partly", row.get("partial", []))]] = 1
        grades[[place[_key(title)] for title in row["exact"]]] = 2
        yield Judged([index.facts(facet) for facet in index.read(row["interest"]).facets], grades)


def fit(judged: Sequence[Judged]) -> Floats:
    """The weights of the facts, and at the end the bias."""
    weights = np.ones(len(FACTS) + 1)
    for _ in range(ROUNDS):
        weights = _regression(judged, weights)
    return weights


def odds_of(facets: Sequence[Floats], weights: Floats) -> Floats:
    """The odds of each paper, of its best facet."""
    best: Floats = np.max([weights[:-1] @ facts + weights[-1] for facts in facets], axis=0)
    return best


def figures(odds: Sequence[Floats], judged: Sequence[Judged], level: float) -> str:
    """nDCG@10, the share of matches that is right, and of exact answers that are matches."""
    gains = [
        ndcg(one.grades[np.argsort(-row, kind="stable")].tolist(), one.grades.tolist())
        for row, one in zip(odds, judged, strict=True)
        if one.grades.any()
    ]
    called = np.concatenate(odds) >= level
    grades = np.concatenate([one.grades for one in judged])
    right = (called & (grades > 0)).sum() / max(1, called.sum())
    exact = (called & (grades == 2)).sum() / max(1, (grades == 2).sum())
    shares = f"right {right:.3f}, exact {exact:.3f}"
    return f"nDCG@10 {np.mean(gains):.3f}, {shares}, {len(odds)} interests"


def _held_out(judged: Sequence[Judged], fold: int) -> list[Floats]:
    weights = fit([one for n, one in enumerate(judged) if n % FOLDS != fold])
    return [odds_of(one.facets, weights) for one in judged[fold::FOLDS]]


def _regression(judged: Sequence[Judged], before: Floats) -> Floats:
    facts, wanted, amounts = [], [], []
    for one in judged:
        best = np.argmax([before[:-1] @ of_facet for of_facet in one.facets], axis=0)
        facts.append(np.stack(one.facets)[best, :, np.arange(len(one.grades))])
        wanted.append(one.grades / 2)
        amounts.append(np.full(len(one.grades), 1 / np.sqrt(1 + (one.grades > 0).sum())))
    x = np.concatenate(facts)
    x = np.hstack([x, np.ones((len(x), 1))])
    y, amount = np.concatenate(wanted), np.concatenate(amounts)
    ridge = RIDGE * np.eye(x.shape[1])
    ridge[-1, -1] = 1e-3
    weights = np.zeros(x.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (amount * (chance - y)) + ridge @ weights
        bend = (x * (amount * chance * (1 - chance))[:, None]).T @ x + ridge
        weights -= np.linalg.solve(bend, slope)
    return weights


def _level(odds: Floats, grades: NDArray[np.int64]) -> float:
    """The lowest odds from which on at least RIGHT of the papers are answers."""
    order = np.argsort(-odds, kind="stable")
    right = np.cumsum(grades[order] > 0) / np.arange(1, len(order) + 1)
    return float(odds[order][np.flatnonzero(right >= RIGHT)[-1]])


def _rows(path: Path) -> list[dict[str, Any]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows: list[dict[str, Any]] = (
        json.loads(data)
        if path.suffix == ".json"
        else [json.loads(line) for line in data.decode().split("\n") if line.strip()]
    )
    return rows


def _key(title: str) -> str:
    return re.sub(r"\W+", " ", title.casefold()).strip()


if __name__ == "__main__":
    main()
