"""An edition as arrays, made once; every reader's scores are computed from them.

All scores are whole numbers (thousandths) in float64, where sums and products of that size are
exact. So a score does not depend on the order of summation, and every machine ranks alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from digest.model import Edition, Paper, Pick, Reason, ReasonKind, Trend
from digest.selection.similarity import Similarity, TermTable, term_table
from digest.topics.former_slugs import current

THOUSAND = 1000
ALIKE = 200  # thousandths of similarity from which on two papers are on one narrow subject
_CACHED_PHRASES = 2048  # their matches take 4 KB each at 1,000 candidates
_CACHED_ROWS = 4096  # similarities to voted papers: 4 KB each at 1,000 candidates


class PhraseIndex(Protocol):
    """How well each paper of an edition answers a phrase; arrays of shape (papers,)."""

    def scores(self, phrase: str) -> NDArray[np.float32]:
        """Return scores in [0, 1]; 0 is no match."""

    def mentions(self, phrase: str) -> NDArray[np.bool_]:
        """Return where title or abstract literally say the phrase (stemmed)."""


@dataclass(frozen=True, slots=True)
class Matches:
    """The papers that one topic or phrase matches: positions, best first, and their scores.

    scores: thousandths, in the order of `positions`. members: the positions as a set. score_at:
    position -> score, best first.
    """

    positions: NDArray[np.intp]
    scores: NDArray[np.float64]
    members: frozenset[int]
    score_at: Mapping[int, float] = field(init=False)

    def __post_init__(self) -> None:
        pairs = zip(self.positions.tolist(), self.scores.tolist(), strict=True)
        object.__setattr__(self, "score_at", dict(pairs))


class CandidateMatrix:
    """The candidates of one edition by position (0 trends most), ready for selection.

    alike: for each position that has any, the positions on the same narrow subject.
    weekly_trend, weekly_order: the trend for readers of a weekly mail, and positions by it.
    topic_picks, trending_picks, outside_picks: ready picks by position, which many readers share;
    those of topics by slug first. pinned: positions that everybody gets, the first one first.
    match_level: a phrase scores at least this much on a paper that matches it.
    cached_phrases, cached_rows: the matches of how many phrases, and the similarities to how many
    papers, are kept. votes: False where no reader has any, so that no paper has to be compared with
    a voted one; that takes half the memory. terms: of the papers, at the level `ALIKE`, if they are
    at hand.
    """

    def __init__(
        self,
        edition: Edition,
        topics: Sequence[str],
        index: PhraseIndex,
        *,
        match_level: float,
        cached_phrases: int = _CACHED_PHRASES,
        cached_rows: int = _CACHED_ROWS,
        votes: bool = True,
        terms: TermTable | None = None,
    ) -> None:
        papers = [candidate.paper for candidate in edition.candidates]
        self.size = len(papers)
        self.edition = edition
        self.paper_ids = [paper.id for paper in papers]
        self.position_of = {paper.id: place for place, paper in enumerate(papers)}
        self.pinned = [self.position_of[paper_id] for paper_id in edition.pinned]
        self.trend = _thousandths([c.trend.score for c in edition.candidates])
        self.weekly_trend = _thousandths([_weekly(c.trend) for c in edition.candidates])
        self.weekly_order = np.argsort(-self.weekly_trend, kind="stable").tolist()
        self.topic_row = {slug: row for row, slug in enumerate(topics)}
        self.topic_scores = np.zeros((len(topics), self.size))
        for place, paper in enumerate(papers):
            for slug, confidence in paper.topics.items():
                for one in current(slug, self.topic_row):  # the catalogue may have changed since
                    self.topic_scores[self.topic_row[one], place] = round(confidence * THOUSAND)
        self._topic_matches = {
            slug: self._matches(self.topic_scores[row]) for slug, row in self.topic_row.items()
        }
        self.topic_reason = {slug: Reason(ReasonKind.TOPIC, slug) for slug in self.topic_row}
        self.topic_picks = {
            slug: {place: Pick(self.paper_ids[place], reason) for place in self.topic(slug).members}
            for slug, reason in self.topic_reason.items()
        }
        trending = Reason(ReasonKind.TRENDING)
        self.trending_picks = [Pick(paper.id, trending) for paper in papers]
        self.outside_picks = [
            Pick(paper.id, Reason(ReasonKind.OUTSIDE, _main_topic(paper))) for paper in papers
        ]
        similarity = Similarity(terms or term_table(papers, ALIKE))
        self.alike = similarity.alike
        self._similarity = similarity if votes else None
        self._similar_to: LRUCache[int, NDArray[np.float32]] = LRUCache(cached_rows)
        self._index = index
        self._match_level = match_level
        self.phrase = lru_cache(cached_phrases)(self._phrase)
        self.muted_by = lru_cache(cached_phrases)(self._muted_by)

    def topic(self, slug: str) -> Matches:
        """Return what a topic of the catalogue matches; KeyError when it is not in `topic_row`."""
        return self._topic_matches[slug]

    def similarity_to(self, paper: Paper) -> NDArray[np.float32]:
        """Return how similar each candidate is to a paper of any edition, in whole thousandths.

        Cached by the paper's id, because many readers vote on the same papers. ValueError for a
        matrix that is for readers without votes.
        """
        if self._similarity is None:
            raise ValueError("this matrix is for readers without votes")
        row = self._similar_to.get(paper.id)
        if row is None:
            row = self._similar_to[paper.id] = self._similarity.to(paper).astype(np.float32)
        return row

    def _phrase(self, phrase: str) -> Matches:
        scores = self._index.scores(phrase)
        return self._matches(_thousandths(np.where(scores >= self._match_level, scores, 0.0)))

    def _muted_by(self, phrase: str) -> frozenset[int]:
        return frozenset(np.flatnonzero(self._index.mentions(phrase)).tolist())

    def _matches(self, scores: NDArray[np.float64]) -> Matches:
        positions = np.flatnonzero(scores)
        best_first = positions[np.lexsort((positions, -self.trend[positions], -scores[positions]))]
        return Matches(best_first, scores[best_first], frozenset(best_first.tolist()))


def _weekly(trend: Trend) -> float:
    """Return the score for weekly mails; editions from before there was one only have the other."""
    return trend.score if trend.weekly is None else trend.weekly


def _main_topic(paper: Paper) -> str:
    return max(paper.topics, key=lambda slug: (paper.topics[slug], slug), default="")


def _thousandths(values: Sequence[float] | NDArray[np.floating]) -> NDArray[np.float64]:
    rounded: NDArray[np.float64] = np.rint(np.asarray(values, dtype=np.float64) * THOUSAND)
    return rounded
