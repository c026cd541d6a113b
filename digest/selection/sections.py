"""Order a mail's papers in sections, the best match first; each paper is under one heading."""

from collections.abc import Sequence

from digest.model import Pick, Reason, ReasonKind
from digest.selection.batch_preferences import LIKED, best_interests
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.shares import Follow
from digest.selection.taste import Taste


def sections(
    matrix: CandidateMatrix,
    follows: Sequence[Follow],
    shares: Sequence[Sequence[int]],
    taste: Taste | None,
) -> list[Pick]:
    """Turn the shares of what is followed into picks: section by section, the best match first.

    A paper that several interests match stands under the one that it matches best.
    """
    best = best_interests(follows)
    found: dict[Reason, list[int]] = {reason: [] for reason, _, _ in follows}
    for (reason, _, _), share in zip(follows, shares, strict=True):
        for place in share:
            interest = reason.kind is ReasonKind.INTEREST
            found[best[place] if interest else reason].append(place)
    ordered = [(_ranked(follow, found[follow.reason]), follow) for follow in follows]
    ordered.sort(key=lambda each: -each[0][0])
    picks: list[Pick] = []
    for (_, places), follow in ordered:
        picks += _make_picks(matrix, follow, places, taste)
    return picks


def _ranked(follow: Follow, places: Sequence[int]) -> tuple[float, Sequence[int]]:
    """Return how well the best of these papers matches, and the papers in the order of a section.

    Those of an interest are ordered by their match; the others stay as the reader ranks them.
    """
    if not places:
        return 0.0, places
    matches = follow.matches
    chosen = set(places)
    pairs = zip(matches.positions.tolist(), matches.scores.tolist(), strict=True)
    scores = {place: score for place, score in pairs if place in chosen}
    if follow.reason.kind is ReasonKind.INTEREST:
        places = [place for place in scores if place in chosen]  # best match first
    return follow.weight * max(scores.values()), places


def _make_picks(
    matrix: CandidateMatrix, follow: Follow, places: Sequence[int], taste: Taste | None
) -> list[Pick]:
    reason = follow.reason
    if reason.kind is ReasonKind.TOPIC:
        of_topic = matrix.topic_picks[reason.subject]
        return [of_topic[place] for place in places]
    if reason is LIKED and taste is not None:
        return [Pick(matrix.paper_ids[place], taste.reasons[place]) for place in places]
    return [Pick(matrix.paper_ids[place], reason) for place in places]
