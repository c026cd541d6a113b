"""Rank papers against one interest, as an edition would, and say why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from digest.evaluation.evaluation import index_of
from digest.interests.knowledge import Knowledge
from digest.interests.relevance import MATCH
from digest.model import Paper
from digest.topics.classifier import Classifier


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
    classifier: Classifier, knowledge: Knowledge, papers: Sequence[Paper], interest: str
) -> list[Ranked]:
    """Rank papers against an interest, best first; papers of the same score stay in their order.

    InputError, worded for the reader, for a phrase that names no subject.
    """
    index = index_of(classifier, knowledge, papers)
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
