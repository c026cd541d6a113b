"""Measure topics and interests on papers that people have labelled."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.errors import InputError
from digest.evaluation.labelled import JudgedInterest, Label
from digest.evaluation.rules.baselines import bag, plain_bm25, tfidf_similarity
from digest.evaluation.rules.measures import F1Scores, Judged, average_precision, ndcg, topic_f1
from digest.interests.knowledge import Knowledge
from digest.interests.relevance import MATCH, InterestIndex
from digest.model import Paper
from digest.papers.rules.identity import identity
from digest.topics.catalogue_file import Catalogue

Ranker = Callable[[str], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class RankingScores:
    """How well a ranker answers the interests: the means, and nDCG@10 and MAP of each."""

    ndcg_at_10: float
    map: float
    per_interest: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of relevance; `ms_per_1000_papers` is the time to classify."""

    topics: F1Scores
    interests: RankingScores
    ms_per_1000_papers: float

    def to_json(self) -> dict[str, Any]:
        """The figures as plain values, rounded to 4 digits."""
        return {
            "topics": {
                "micro_f1": round(self.topics.micro, 4),
                "macro_f1": round(self.topics.macro, 4),
                "per_topic": {s: round(f1, 4) for s, f1 in self.topics.per_topic.items()},
            },
            "interests": {
                "ndcg_at_10": round(self.interests.ndcg_at_10, 4),
                "map": round(self.interests.map, 4),
                "per_interest": {
                    interest: {"ndcg_at_10": round(gain, 4), "map": round(precision, 4)}
                    for interest, (gain, precision) in self.interests.per_interest.items()
                },
            },
            "ms_per_1000_papers": round(self.ms_per_1000_papers, 1),
        }


def evaluate(
    catalogue: Catalogue,
    knowledge: Knowledge,
    papers: Sequence[Paper],
    labels: Sequence[Label],
    interests: Sequence[JudgedInterest],
) -> Report:
    """Classify and rank the papers as the service does, and compare with the labels.

    Raises InputError when a labelled paper is not among the papers.
    """
    by_key = {identity(paper.title): paper for paper in papers}
    labelled = [_paper_of(label.title, by_key) for label in labels]
    start = time.perf_counter()
    found = [catalogue.classify(paper.title, paper.abstract) for paper in labelled]
    seconds = time.perf_counter() - start
    judged = [
        Judged(topics, label.topics, label.either)
        for topics, label in zip(found, labels, strict=True)
    ]
    return Report(
        topics=topic_f1(judged),
        interests=rank_scores(index_of(catalogue, knowledge, papers).scores, papers, interests),
        ms_per_1000_papers=1e6 * seconds / max(1, len(labels)),
    )


def compare(
    catalogue: Catalogue,
    knowledge: Knowledge,
    papers: Sequence[Paper],
    labels: Sequence[Label],
    interests: Sequence[JudgedInterest],
) -> dict[str, dict[str, float]]:
    """Plain ways and ours on the same papers: way -> figure -> value, rounded to 4 digits.

    TF-IDF chooses topics by the similarity to their descriptions, with the threshold that suits
    these labels best; BM25 has the usual parameters.
    """
    phrases = [interest.interest for interest in interests]
    similar = dict(zip(phrases, tfidf_similarity(papers, phrases), strict=True))
    bm25 = plain_bm25(papers)
    ours = evaluate(catalogue, knowledge, papers, labels, interests)
    rows = {
        "TF-IDF": (
            _tfidf_topics(catalogue, papers, labels),
            rank_scores(similar.__getitem__, papers, interests),
        ),
        "plain BM25": (
            None,
            rank_scores(lambda phrase: bm25.score(bag(phrase)), papers, interests),
        ),
        "digest": (ours.topics, ours.interests),
    }
    return {way: _row(topics, interests) for way, (topics, interests) in rows.items()}


def index_of(catalogue: Catalogue, knowledge: Knowledge, papers: Sequence[Paper]) -> InterestIndex:
    """Return papers without topics ready to be ranked, as those of an edition are."""
    classified = [
        replace(paper, topics=catalogue.classify(paper.title, paper.abstract)) for paper in papers
    ]
    return InterestIndex(classified, knowledge)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A paper's place in the ranking for one interest. number: its place among the papers."""

    number: int
    title: str
    score: float
    match: bool
    why: str

    def to_json(self) -> dict[str, Any]:
        """Return it in the form that scripts rely on."""
        return {"title": self.title, "score": self.score, "match": self.match, "why": self.why}


def rank_papers(
    catalogue: Catalogue, knowledge: Knowledge, papers: Sequence[Paper], interest: str
) -> list[Ranked]:
    """Rank papers against an interest, best first; papers of the same score stay in their order.

    InputError, worded for the reader, for a phrase that names no subject.
    """
    index = index_of(catalogue, knowledge, papers)
    index.read(interest)
    scores = np.round(index.scores(interest).astype(np.float64), 3)
    order = np.argsort(-scores, kind="stable").tolist()
    return [
        Ranked(
            number,
            papers[number].title,
            float(scores[number]),
            bool(scores[number] >= MATCH),
            index.why(interest, number) if scores[number] > 0 else "",
        )
        for number in order
    ]


def rank_scores(
    ranker: Ranker, papers: Sequence[Paper], interests: Sequence[JudgedInterest]
) -> RankingScores:
    """nDCG@10 and MAP of a ranker; papers of the same score stay in their order."""
    keys = [identity(paper.title) for paper in papers]
    per_interest = {}
    for interest in interests:
        order = np.argsort(-ranker(interest.interest), kind="stable")
        grades = [interest.grades.get(keys[n], 0) for n in order]
        per_interest[interest.interest] = (
            ndcg(grades, list(interest.grades.values())),
            average_precision(grades),
        )
    count = max(1, len(per_interest))
    return RankingScores(
        ndcg_at_10=sum(gain for gain, _ in per_interest.values()) / count,
        map=sum(precision for _, precision in per_interest.values()) / count,
        per_interest=per_interest,
    )


def _paper_of(title: str, by_key: Mapping[str, Paper]) -> Paper:
    try:
        return by_key[identity(title)]
    except KeyError:
        raise InputError(f"The labelled paper {title!r} is in none of the dumps.") from None


def _tfidf_topics(
    catalogue: Catalogue, papers: Sequence[Paper], labels: Sequence[Label]
) -> F1Scores:
    """F1 of the topics whose names and descriptions are most like the papers."""
    by_key = {identity(paper.title): paper for paper in papers}
    labelled = [_paper_of(label.title, by_key) for label in labels]
    slugs = [topic.slug for topic in catalogue.topics]
    texts = [f"{topic.name} {topic.description}" for topic in catalogue.topics]
    similar = np.array(tfidf_similarity(labelled, texts)).T
    levels = (_threshold_f1(similar, level / 100, slugs, labels) for level in range(2, 40))
    return max(levels, key=lambda scores: scores.micro)


def _threshold_f1(
    similar: NDArray[np.float32], level: float, slugs: Sequence[str], labels: Sequence[Label]
) -> F1Scores:
    judged = []
    for row, label in zip(similar, labels, strict=True):
        chosen = {slugs[n] for n in np.flatnonzero(row >= level).tolist()} | {
            slugs[int(row.argmax())]
        }
        judged.append(Judged(chosen, label.topics, label.either))
    return topic_f1(judged)


def _row(topics: F1Scores | None, interests: RankingScores) -> dict[str, float]:
    found = {"micro_f1": topics.micro, "macro_f1": topics.macro} if topics else {}
    found |= {"ndcg_at_10": interests.ndcg_at_10, "map": interests.map}
    return {name: round(value, 4) for name, value in found.items()}
