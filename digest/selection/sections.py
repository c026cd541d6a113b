"""Order a mail's papers: the best of all, then one reason after the other, the best match first."""

from collections.abc import Collection, Sequence
from itertools import islice

from digest.model import Pick, Reason, ReasonKind
from digest.selection.batch_preferences import LIKED
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.shares import Follow
from digest.selection.taste import Taste


def sections(
    matrix: CandidateMatrix,
    follows: Sequence[Follow],
    shares: Sequence[Sequence[int]],
    taste: Taste | None,
    ranking: Sequence[int],
    leads: int,
) -> list[Pick]:
    """Turn the shares of what is followed into picks: the `leads` best, then reason by reason.

    A paper that several interests match stands under the one that it matches best. ranking: the
    positions by the reader's score, the best first.
    """
    interests = [follow for follow in follows if follow.reason.kind is ReasonKind.INTEREST]
    if len(interests) > 1:
        shares = _under_the_best(follows, shares, interests)
    valued: list[tuple[float, int, Follow, Sequence[int]]] = []
    for follow, places in zip(follows, shares, strict=True):
        if places:
            _, weight, matches = follow
            value = weight * max(map(matches.score_at.__getitem__, places))
            valued.append((-value, len(valued), follow, places))
    valued.sort()  # equals keep their order
    pick_at: dict[int, Pick] = {}
    for _, _, follow, places in valued:
        pick_at.update(zip(places, _make_picks(matrix, follow, places, taste), strict=True))
    best = [pick_at.pop(place) for place in _first_of(ranking, pick_at, leads)]
    return [*best, *pick_at.values()]


def _first_of(ranking: Sequence[int], chosen: Collection[int], count: int) -> list[int]:
    return list(islice(filter(chosen.__contains__, ranking), count))


def _under_the_best(
    follows: Sequence[Follow], shares: Sequence[Sequence[int]], interests: Sequence[Follow]
) -> list[list[int]]:
    """Return the shares with each paper of an interest under the one that it matches best."""
    found: dict[Reason, list[int]] = {follow.reason: [] for follow in follows}
    for follow, share in zip(follows, shares, strict=True):
        for place in share:
            best = follow
            if follow.reason.kind is ReasonKind.INTEREST:
                best = max(interests, key=lambda one: one.matches.score_at.get(place, 0.0))
            found[best.reason].append(place)
    for follow in interests:
        score_at = follow.matches.score_at
        found[follow.reason].sort(key=lambda place: -score_at[place])
    return [found[follow.reason] for follow in follows]


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
