"""Explain for every candidate of an edition why a reader gets it or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.model import Candidate, Pick, Reader, Reason, ReasonKind, Team
from digest.selection.batch_preferences import LIKED, BatchPreferences, batch_preferences, is_weekly
from digest.selection.candidate_matrix import THOUSAND, CandidateMatrix, Matches
from digest.selection.rankings import STANDARD
from digest.selection.selection import select

_UNIT = 100 * THOUSAND  # weights are hundredths, scores thousandths


@dataclass(frozen=True, slots=True)
class Explanation:
    """One candidate as one reader sees it.

    parts: what each thing followed adds to the score. trend_part, taste_part: what the trend and
    the reader's votes add; they count only if something matches. picked: the reason, None if it was
    not picked; `verdict` says why in words. team: which of the two rankings of a lab alone picked
    it.
    """

    candidate: Candidate
    parts: tuple[tuple[Reason, float], ...]
    trend_part: float
    taste_part: float
    score: float
    place: int | None
    picked: Reason | None
    verdict: str
    team: Team | None = None


def explain(
    matrix: CandidateMatrix,
    reader: Reader,
    picks: Sequence[Pick] | None = None,
    teams: Mapping[int, Team] | None = None,
) -> list[Explanation]:
    """Explain every candidate: the picked ones in mail order, then the others by falling score.

    picks: what was mailed; None for what the standard ranking would pick now. teams: by paper, when
    two rankings share the mail; the scores are those of the standard one all the same.
    """
    if not matrix.size:
        return []
    chosen = list(select(matrix, [reader])[0] if picks is None else picks)
    view = _View(matrix, reader, batch_preferences(matrix, [reader]), chosen, teams or {})
    found = [view.explain(position) for position in range(matrix.size)]
    last = len(found)
    return sorted(found, key=lambda one: (last if one.place is None else one.place, -one.score))


class _View:
    """One reader's view of a candidate matrix."""

    def __init__(
        self,
        matrix: CandidateMatrix,
        reader: Reader,
        wanted: BatchPreferences,
        chosen: Sequence[Pick],
        teams: Mapping[int, Team],
    ) -> None:
        self._matrix = matrix
        self._reader = reader
        self._followed = wanted.followed[0]
        self._excluded = wanted.excluded[0]
        self._taste = wanted.tastes[0]
        self._trend = matrix.weekly_trend if is_weekly(reader) else matrix.trend
        self._chosen = chosen
        self._teams = teams
        self._place_of = {pick.paper_id: place for place, pick in enumerate(chosen)}
        self._lowest = self._lowest_picked()

    def explain(self, position: int) -> Explanation:
        """Explain one candidate."""
        candidate = self._matrix.edition.candidates[position]
        parts = self._parts(position)
        trend, votes = self._extras(position) if parts else (0.0, 0.0)
        score = sum(value for _, value in parts) + trend + votes
        place = self._place_of.get(candidate.paper.id)
        picked = None if place is None else self._chosen[place].reason
        verdict = self._verdict(position, place, score if parts else None)
        team = self._teams.get(candidate.paper.id)
        return Explanation(candidate, parts, trend, votes, score, place, picked, verdict, team)

    def _parts(self, position: int) -> tuple[tuple[Reason, float], ...]:
        return tuple(
            (self._named(follow.reason, position), follow.weight * score / _UNIT)
            for follow in self._followed
            if (score := _score_at(follow.matches, position))
        )

    def _named(self, reason: Reason, position: int) -> Reason:
        return self._taste.reasons[position] if self._taste and reason is LIKED else reason

    def _extras(self, position: int) -> tuple[float, float]:
        trend = STANDARD.trend * float(self._trend[position]) / _UNIT
        return trend, float(self._taste.scores[position]) / _UNIT if self._taste else 0.0

    def _lowest_picked(self) -> dict[Reason, float]:
        """Return the lowest score that was picked for each reason."""
        lowest: dict[Reason, float] = {}
        for paper_id, reason in self._chosen:
            position = self._matrix.position_of.get(paper_id)
            if position is not None and (parts := self._parts(position)):
                score = sum(value for _, value in parts) + sum(self._extras(position))
                lowest[reason] = min(score, lowest.get(reason, score))
        return lowest

    def _verdict(self, position: int, place: int | None, score: float | None) -> str:
        if place is not None:
            return f"picked, number {place + 1} in the mail"
        if position in self._excluded:
            return self._why_excluded(position)
        if score is None:
            return "matches nothing that the reader follows"
        beaten = any(
            score > self._lowest.get(reason, score)
            for reason, _ in self._parts(position)
            if reason.kind is not ReasonKind.INTEREST  # its papers do not wait behind others
        )
        if beaten and (title := self._like_which(position)):
            return f"too close to “{title}”, which is in the mail"
        return "matches, but others match better"

    def _like_which(self, position: int) -> str:
        """Return the title of the first picked paper on the same narrow subject, or ""."""
        papers = self._matrix.edition.candidates
        alike = {papers[other].paper.id for other in self._matrix.alike.get(position, ())}
        near = (pick.paper_id for pick in self._chosen if pick.paper_id in alike)
        paper_id = next(near, None)
        return "" if paper_id is None else papers[self._matrix.position_of[paper_id]].paper.title

    def _why_excluded(self, position: int) -> str:
        paper_id = self._matrix.paper_ids[position]
        if paper_id in self._reader.sent:
            return "sent before"
        for vote in self._reader.votes:
            if vote.paper.id == paper_id:
                return f"the reader voted for {'more' if vote.value > 0 else 'less'} like it"
        muted = self._reader.preferences.muted
        muting = [phrase for phrase in muted if position in self._matrix.muted_by(phrase)]
        return "muted by " + ", ".join(repr(phrase) for phrase in muting)


def _score_at(matches: Matches, position: int) -> float:
    """Return the score of a paper in thousandths; 0 if it does not match."""
    if position not in matches.members:
        return 0.0
    return float(matches.scores[matches.positions == position][0])
