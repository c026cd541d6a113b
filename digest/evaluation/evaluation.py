"""Measure topics and interests on papers that people have labelled."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from operator import not_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.errors import InputError
from digest.evaluation.labelled import JudgedInterest, Label, key_of
from digest.evaluation.rules.baselines import bag, plain_bm25, tfidf_similarity
from digest.evaluation.rules.former_labels import in_former_slugs
from digest.evaluation.rules.intervals import F1Intervals, Interval, f1_intervals, mean_interval
from digest.evaluation.rules.measures import F1Scores, Judged, average_precision, ndcg, topic_f1
from digest.interests.knowledge import Knowledge
from digest.interests.relevance import InterestIndex
from digest.model import Paper
from digest.papers.rules.identity import identity
from digest.topics.classifier import Classifier

Ranker = Callable[[str], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class RankingScores:
    """How well a ranker answers the interests: the means, and nDCG@10 and MAP of each."""

    ndcg_at_10: float
    map: float
    per_interest: Mapping[str, tuple[float, float]]

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain values, rounded to 4 digits."""
        gains = [gain for gain, _ in self.per_interest.values()]
        return {
            "ndcg_at_10": round(self.ndcg_at_10, 4),
            "ndcg_at_10_interval": _rounded(mean_interval(gains)),
            "map": round(self.map, 4),
            "per_interest": {
                interest: {"ndcg_at_10": round(gain, 4), "map": round(precision, 4)}
                for interest, (gain, precision) in self.per_interest.items()
            },
        }


@dataclass(frozen=True, slots=True)
class TopicFigures:
    """F1 over some labelled papers, and where it may lie."""

    papers: int
    scores: F1Scores
    intervals: F1Intervals

    @classmethod
    def of(cls, judged: Sequence[Judged]) -> "TopicFigures":
        """Measure what was judged."""
        return cls(len(judged), topic_f1(judged), f1_intervals(judged))

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain values, rounded to 4 digits."""
        return {
            "papers": self.papers,
            "micro_f1": round(self.scores.micro, 4),
            "micro_f1_interval": _rounded(self.intervals.micro),
            "macro_f1": round(self.scores.macro, 4),
            "macro_f1_interval": _rounded(self.intervals.macro),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of relevance; `ms_per_1000_papers` is the time to classify, of CPU.

    in_sample: of the papers on whose labels the weights were fitted, which flatter; unseen: of all
    others.
    """

    topics: TopicFigures
    in_sample: TopicFigures
    unseen: TopicFigures
    interests: RankingScores
    ms_per_1000_papers: float

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain values, rounded to 4 digits."""
        per_topic = self.topics.scores.per_topic
        return {
            "topics": {
                **self.topics.to_json(),
                "in_sample": self.in_sample.to_json(),
                "unseen": self.unseen.to_json(),
                "per_topic": {slug: round(f1, 4) for slug, f1 in per_topic.items()},
            },
            "interests": self.interests.to_json(),
            "ms_per_1000_papers": round(self.ms_per_1000_papers, 1),
        }


def evaluate(
    classifier: Classifier,
    knowledge: Knowledge,
    papers: Sequence[Paper],
    labels: Sequence[Label],
    interests: Sequence[JudgedInterest],
    fitted: Collection[str] = (),
) -> Report:
    """Classify and rank the papers as the service does, and compare with the labels.

    fitted: keys of the papers on whose labels the weights were fitted, see `labelled.key_of`.
    Raises InputError when a labelled paper is not among the papers.
    """
    by_key = {identity(paper.title): paper for paper in papers}
    labelled = [_paper_of(label.title, by_key) for label in labels]
    start = time.process_time()
    found = [classifier.classify(paper.title, paper.abstract) for paper in labelled]
    seconds = time.process_time() - start
    judged = [_judge(topics, label) for topics, label in zip(found, labels, strict=True)]
    seen = [key_of(label.title) in fitted for label in labels]
    return Report(
        topics=TopicFigures.of(judged),
        in_sample=TopicFigures.of(list(compress(judged, seen))),
        unseen=TopicFigures.of(list(compress(judged, map(not_, seen)))),
        interests=rank_scores(index_of(classifier, knowledge, papers).scores, papers, interests),
        ms_per_1000_papers=1e6 * seconds / max(1, len(labels)),
    )


def _judge(topics: Collection[str], label: Label) -> Judged:
    given = in_former_slugs(topics, label.topics) if label.former else topics
    return Judged(given, label.topics, label.either)


def _rounded(interval: Interval) -> list[float]:
    return [round(bound, 4) for bound in interval]


def compare(
    classifier: Classifier,
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
    ours = evaluate(classifier, knowledge, papers, labels, interests)
    rows = {
        "TF-IDF": (
            _tfidf_topics(classifier, papers, labels),
            rank_scores(similar.__getitem__, papers, interests),
        ),
        "plain BM25": (
            None,
            rank_scores(lambda phrase: bm25.score(bag(phrase)), papers, interests),
        ),
        "digest": (ours.topics.scores, ours.interests),
    }
    return {way: _row(topics, interests) for way, (topics, interests) in rows.items()}


def index_of(
    classifier: Classifier, knowledge: Knowledge, papers: Sequence[Paper]
) -> InterestIndex:
    """Return papers without topics ready to be ranked, as those of an edition are."""
    classified = [
        replace(paper, topics=classifier.classify(paper.title, paper.abstract)) for paper in papers
    ]
    return InterestIndex(classified, lambda: knowledge)


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
    classifier: Classifier, papers: Sequence[Paper], labels: Sequence[Label]
) -> F1Scores:
    """F1 of the topics whose names and descriptions are most like the papers."""
    by_key = {identity(paper.title): paper for paper in papers}
    labelled = [_paper_of(label.title, by_key) for label in labels]
    topics = classifier.catalogue.topics
    slugs = [topic.slug for topic in topics]
    texts = [f"{topic.name} {topic.description}" for topic in topics]
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
        judged.append(_judge(chosen, label))
    return topic_f1(judged)


def _row(topics: F1Scores | None, interests: RankingScores) -> dict[str, float]:
    found = {"micro_f1": topics.micro, "macro_f1": topics.macro} if topics else {}
    found |= {"ndcg_at_10": interests.ndcg_at_10, "map": interests.map}
    return {name: round(value, 4) for name, value in found.items()}
