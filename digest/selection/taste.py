"""Learn from a reader's votes (docs/why/selection.md, section Votes).

Rocchio's relevance feedback (The SMART Retrieval System, 1971, chapter 14) over unit vectors:

    taste = n / (n + 3) x (mean similarity to liked - 0.75 x mean similarity to disliked) / 0.15

for n votes, the quotient clipped to -1 .. 1. So one vote moves a score by at most a quarter of what
many can move it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.model import Paper, Reason, ReasonKind, Vote
from digest.selection.candidate_matrix import THOUSAND, CandidateMatrix, Matches

TASTE_WEIGHT = 150  # hundredths: what many votes move a score by, as much as an interest
STRONG = 200  # thousandths of similarity at which readers see what two papers share
_FULL = 150  # thousandths of similarity that count as a full match
_DISLIKED = 0.75
_HALF = 3  # votes that reach half of the weight


@dataclass(frozen=True, slots=True)
class Taste:
    """What one reader's votes mean for one edition.

    scores: what is added to each paper's score, hundred-thousandths, whole numbers of at most the
    weight of votes x THOUSAND either way; shape (papers,). nearest: the similarity of each paper to
    the liked paper that it is most like, thousandths. reasons: position -> the reason that names
    this liked paper, for all that are at least STRONG and that the votes as a whole speak for.
    """

    scores: NDArray[np.float64]
    nearest: NDArray[np.float64]
    reasons: dict[int, Reason]

    def brings_in(self, relevant: NDArray[np.float64]) -> Matches:
        """Return the papers with a reason that match nothing else (`relevant` is 0), best first."""
        places = np.array([place for place in self.reasons if not relevant[place]], dtype=np.intp)
        best_first = places[np.lexsort((places, -self.nearest[places]))]
        return Matches(best_first, self.nearest[best_first], frozenset(best_first.tolist()))


def weigh_votes(matrix: CandidateMatrix, votes: Sequence[Vote], most: int = TASTE_WEIGHT) -> Taste:
    """Return the taste that the votes of one reader show; there is at least one vote.

    most: hundredths, what many votes move a score by.
    """
    liked = [vote.paper for vote in votes if vote.value > 0]
    towards = _rows(matrix, liked)
    away = _rows(matrix, [vote.paper for vote in votes if vote.value < 0])
    wanted = (towards.mean(axis=0) - _DISLIKED * away.mean(axis=0)) / _FULL
    share = np.rint(np.clip(wanted, -1, 1) * THOUSAND)
    weight = round(most * len(votes) / (len(votes) + _HALF))
    nearest = towards.max(axis=0)
    which = towards.argmax(axis=0)
    reasons = {
        place: Reason(ReasonKind.LIKED, liked[which[place]].title)
        for place in np.flatnonzero((nearest >= STRONG) & (share > 0)).tolist()
    }
    return Taste(weight * share, nearest, reasons)


def _rows(matrix: CandidateMatrix, papers: Sequence[Paper]) -> NDArray[np.float64]:
    """Return the similarities of each paper to the candidates; one row of zeros for no papers."""
    if not papers:
        return np.zeros((1, matrix.size))
    return np.array([matrix.similarity_to(paper) for paper in papers], dtype=np.float64)
