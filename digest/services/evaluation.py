"""Measure topics and interests on papers that people have labelled."""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.core.baselines import bag, plain_bm25, tfidf_similarity
from digest.core.evaluation import F1Scores, Judged, average_precision, ndcg, topic_f1
from digest.core.relevance import InterestIndex
from digest.core.topics import Catalogue
from digest.errors import InputError
from digest.model import Paper

Ranker = Callable[[str], NDArray[np.float32]]
_DATE = re.compile(r"[A-Z][a-z]{2} \d{1,2}")


@dataclass(frozen=True, slots=True)
class Label:
    """One labelled paper, by its title."""

    title: str
    topics: tuple[str, ...]
    either: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """One interest and the titles that answer it: title key -> grade (2 exactly, 1 partly)."""

    interest: str
    grades: Mapping[str, int]


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
    catalogue: Catalogue, papers: Sequence[Paper], labels: Sequence[Label], wishes: Sequence[Wish]
) -> Report:
    """Classify and rank the papers as the service does, and compare with the labels.

    Raises InputError when a labelled paper is not among the papers.
    """
    by_key = {title_key(paper.title): paper for paper in papers}
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
        interests=rank_scores(InterestIndex(papers, catalogue).scores, papers, wishes),
        ms_per_1000_papers=1e6 * seconds / max(1, len(labels)),
    )


def compare_rankers(
    catalogue: Catalogue, papers: Sequence[Paper], wishes: Sequence[Wish]
) -> dict[str, RankingScores]:
    """Plain rankers and ours on the same interests, by name."""
    similar = dict(
        zip(
            [wish.interest for wish in wishes],
            tfidf_similarity(papers, [wish.interest for wish in wishes]),
            strict=True,
        )
    )
    bm25 = plain_bm25(papers)
    rankers: dict[str, Ranker] = {
        "TF-IDF cosine": similar.__getitem__,
        "plain BM25": lambda phrase: bm25.score(bag(phrase)),
        "digest": InterestIndex(papers, catalogue).scores,
    }
    return {name: rank_scores(ranker, papers, wishes) for name, ranker in rankers.items()}


def compare_classifiers(
    catalogue: Catalogue, papers: Sequence[Paper], labels: Sequence[Label]
) -> dict[str, F1Scores]:
    """TF-IDF similarity to the topics' descriptions (best single threshold), and ours."""
    by_key = {title_key(paper.title): paper for paper in papers}
    labelled = [_paper_of(label.title, by_key) for label in labels]
    slugs = [topic.slug for topic in catalogue.topics]
    texts = [f"{topic.name} {topic.description}" for topic in catalogue.topics]
    similar = np.array(tfidf_similarity(labelled, texts)).T
    plain = max(
        (_threshold_f1(similar, level, slugs, labels) for level in np.arange(0.02, 0.4, 0.01)),
        key=lambda scores: scores.micro,
    )
    ours = [catalogue.classify(paper.title, paper.abstract) for paper in labelled]
    judged = [Judged(t, label.topics, label.either) for t, label in zip(ours, labels, strict=True)]
    return {"TF-IDF to description": plain, "digest": topic_f1(judged)}


def rank_scores(ranker: Ranker, papers: Sequence[Paper], wishes: Sequence[Wish]) -> RankingScores:
    """nDCG@10 and MAP of a ranker; papers of the same score stay in their order."""
    keys = [title_key(paper.title) for paper in papers]
    per_interest = {}
    for wish in wishes:
        order = np.argsort(-ranker(wish.interest), kind="stable")
        grades = [wish.grades.get(keys[n], 0) for n in order]
        per_interest[wish.interest] = (
            ndcg(grades, list(wish.grades.values())),
            average_precision(grades),
        )
    count = max(1, len(per_interest))
    return RankingScores(
        ndcg_at_10=sum(gain for gain, _ in per_interest.values()) / count,
        map=sum(precision for _, precision in per_interest.values()) / count,
        per_interest=per_interest,
    )


def read_labels(path: Path) -> list[Label]:
    """Read labelled papers: JSON Lines of title, topics, either; InputError names a bad line."""
    return [
        Label(str(row["title"]), tuple(row["topics"]), tuple(row.get("either", ())))
        for row in _rows(path, "title", "topics")
    ]


def read_wishes(path: Path) -> list[Wish]:
    """Read interests: JSON Lines of interest, exact, partial; InputError names a bad line."""
    wishes = []
    for row in _rows(path, "interest", "exact"):
        grades = dict.fromkeys(map(title_key, row.get("partial", ())), 1)
        grades |= dict.fromkeys(map(title_key, row["exact"]), 2)
        wishes.append(Wish(str(row["interest"]), grades))
    return wishes


def read_papers(directory: Path) -> list[Paper]:
    """The different papers of all text dumps (*.txt) of a directory, first come first."""
    papers: dict[str, Paper] = {}
    for path in sorted(directory.glob("*.txt")):
        for title, abstract in _read_dump(path):
            papers.setdefault(title_key(title), Paper(len(papers) + 1, title, abstract))
    if not papers:
        raise InputError(f"{directory} has no dumps (*.txt) with papers.")
    return list(papers.values())


def title_key(title: str) -> str:
    """What makes two titles the same: words in small letters, nothing else."""
    return " ".join(re.findall(r"\w+", title.casefold()))


def _read_dump(path: Path) -> list[tuple[str, str]]:
    """Titles and abstracts of a saved page: blocks after the date, in turn."""
    blocks = [block.strip() for block in _text(path).split("\n\n")]
    dated = [n for n, block in enumerate(blocks) if _DATE.fullmatch(block)]
    rest = blocks[dated[0] + 1 :] if dated else []
    return list(zip(rest[::2], rest[1::2], strict=False))


def _rows(path: Path, *names: str) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line)
        except json.JSONDecodeError as exc:
            raise InputError(f"{path}, line {number}: not JSON: {exc.msg}") from None
        missing = [name for name in names if not isinstance(row, dict) or name not in row]
        if missing:
            raise InputError(f"{path}, line {number}: {' and '.join(missing)} missing")
        rows.append(row)
    if not rows:
        raise InputError(f"{path} is empty.")
    return rows


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(f"{path} cannot be read: {exc}") from None


def _paper_of(title: str, by_key: Mapping[str, Paper]) -> Paper:
    try:
        return by_key[title_key(title)]
    except KeyError:
        raise InputError(f"The labelled paper {title!r} is in none of the dumps.") from None


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
