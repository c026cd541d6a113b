"""What each reader of a batch follows, must not get, and likes among the papers of an edition.

Weights are hundredths and matches thousandths, so that scores are whole numbers (ADR 1).
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.model import Cadence, Preferences, Reader, Reason, ReasonKind
from digest.selection.candidate_matrix import CandidateMatrix, Matches
from digest.selection.shares import Follow
from digest.selection.taste import TASTE_WEIGHT, Taste, weigh_votes

TOPIC_WEIGHT = 100
INTEREST_WEIGHT = 150
LIKED_WEIGHT = 50  # of papers that are only picked because they are like a liked one
LIKED = Reason(ReasonKind.LIKED)  # for all of them; a pick names the liked paper


def list_follows(matrix: CandidateMatrix, prefs: Preferences) -> list[Follow]:
    """Return what the reader follows, interests first, then topics by weight.

    Topics that are not in the catalogue are left out.
    """
    found = [
        Follow(Reason(ReasonKind.INTEREST, phrase), INTEREST_WEIGHT, matrix.phrase(phrase))
        for phrase in prefs.interests
    ]
    known = [(-weight, slug) for slug, weight in prefs.topics.items() if slug in matrix.topic_row]
    known.sort()
    for weight, slug in known:
        share = max(1, round(TOPIC_WEIGHT * weight / known[0][0]))
        found.append(Follow(matrix.topic_reason[slug], share, matrix.topic(slug)))
    return found


def exclude(matrix: CandidateMatrix, reader: Reader) -> set[int]:
    """Return the positions that must not be picked: sent before, voted on, or muted."""
    seen = reader.sent
    if reader.votes:
        seen = seen.union(vote.paper.id for vote in reader.votes)
    positions = {
        matrix.position_of[paper_id] for paper_id in seen if paper_id in matrix.position_of
    }
    for phrase in reader.preferences.muted:
        positions |= matrix.muted_by(phrase)
    return positions


def score_relevance(
    matrix: CandidateMatrix, followed: Sequence[Sequence[Follow]]
) -> NDArray[np.float64]:
    """Return how relevant each paper is to each reader; shape (readers, papers), 0 = not at all."""
    rows, columns, values = [], [], []
    phrases: list[tuple[int, Matches]] = []
    for row, follows in enumerate(followed):
        for (kind, subject), weight, matches in follows:
            if kind is ReasonKind.TOPIC:
                rows.append(row)
                columns.append(matrix.topic_row[subject])
                values.append(weight)
            else:
                phrases.append((row, matches))
    weights = np.zeros((len(followed), len(matrix.topic_row)))
    weights[rows, columns] = values
    scores: NDArray[np.float64] = weights @ matrix.topic_scores
    for row, matches in phrases:
        scores[row, matches.positions] += INTEREST_WEIGHT * matches.scores
    return scores


def unmatched(matrix: CandidateMatrix, reader: Reader, shown: Set[str]) -> tuple[Reason, ...]:
    """Return the topics and interests of which the edition has nothing for this reader.

    shown: slugs and phrases that need not be looked at, as the reader gets papers of them.
    """
    prefs, excluded = reader.preferences, exclude(matrix, reader)
    phrases = [one for one in prefs.interests if one not in shown]
    found = [
        Reason(ReasonKind.INTEREST, one)
        for one in phrases
        if matrix.phrase(one).members <= excluded
    ]
    missing = [
        (-weight, slug)
        for slug, weight in prefs.topics.items()
        if slug not in shown and slug in matrix.topic_row and matrix.topic(slug).members <= excluded
    ]
    return (*found, *[matrix.topic_reason[slug] for _, slug in sorted(missing)])


@dataclass(frozen=True, slots=True)
class BatchPreferences:
    """A batch of readers as arrays and sets, in their order.

    excluded: positions that must not be picked. relevant: what follows add to the scores, shape
    (readers, papers), whole hundred-thousandths; 0 is no match. tastes: None for readers who have
    not voted.
    """

    readers: Sequence[Reader]
    followed: list[list[Follow]]
    excluded: list[set[int]]
    relevant: NDArray[np.float64]
    tastes: list[Taste | None]


def batch_preferences(
    matrix: CandidateMatrix, readers: Sequence[Reader], taste: int = TASTE_WEIGHT
) -> BatchPreferences:
    """Return the preferences of a batch of readers for an edition that has papers.

    taste: hundredths, what many votes move a score by.
    """
    followed = [list_follows(matrix, reader.preferences) for reader in readers]
    excluded = [exclude(matrix, reader) for reader in readers]
    relevant = score_relevance(matrix, followed)
    tastes = [
        weigh_votes(matrix, reader.votes, taste) if reader.votes else None for reader in readers
    ]
    for row, one in enumerate(tastes):
        if one is not None and one.reasons:
            like_liked = one.brings_in(relevant[row])
            followed[row].append(Follow(LIKED, LIKED_WEIGHT, like_liked))
            relevant[row, like_liked.positions] += LIKED_WEIGHT * like_liked.scores
    return BatchPreferences(readers, followed, excluded, relevant, tastes)


def is_weekly(reader: Reader) -> bool:
    """Whether this reader gets the best of the week instead of the day's."""
    return reader.preferences.schedule.cadence is Cadence.WEEKLY
