"""Say for every candidate of an edition how one reader's choice came about."""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.core.selection import TREND_WEIGHT, blocked, follows, select
from digest.core.slate import THOUSAND, Matches, Slate
from digest.model import Candidate, Pick, Reader, Reason

_UNIT = 100 * THOUSAND  # weights are hundredths, scores thousandths


@dataclass(frozen=True, slots=True)
class Explanation:
    """One candidate as one reader sees it.

    parts: what each thing followed adds to the score. trend_part: what its trend adds; it counts
    only when something matches. picked: its reason, None when it was not picked; `verdict` says
    in words why (not).
    """

    candidate: Candidate
    parts: tuple[tuple[Reason, float], ...]
    trend_part: float
    score: float
    place: int | None
    picked: Reason | None
    verdict: str


def explain(slate: Slate, reader: Reader, picks: Sequence[Pick] | None = None) -> list[Explanation]:
    """Explain every candidate: the picked ones in mail order, then the others by falling score.

    picks: what was really mailed, when it was; left out: what would be picked now.
    """
    chosen = list(select(slate, [reader])[0] if picks is None else picks)
    mail_order = {pick.paper_id: place for place, pick in enumerate(chosen)}
    followed = follows(slate, reader.preferences)
    barred = blocked(slate, reader)
    found = []
    for position, candidate in enumerate(slate.edition.candidates):
        parts = tuple(
            (follow.reason, follow.weight * _score_at(follow.matches, position) / _UNIT)
            for follow in followed
            if position in follow.matches.members
        )
        trend_part = TREND_WEIGHT * float(slate.trend[position]) / _UNIT if parts else 0.0
        place = mail_order.get(candidate.paper.id)
        found.append(
            Explanation(
                candidate,
                parts,
                trend_part,
                score=sum(value for _, value in parts) + trend_part,
                place=place,
                picked=None if place is None else chosen[place].reason,
                verdict=_verdict(slate, reader, position, place, position in barred, bool(parts)),
            )
        )
    last = len(found)
    return sorted(found, key=lambda one: (last if one.place is None else one.place, -one.score))


def _verdict(
    slate: Slate, reader: Reader, position: int, place: int | None, barred: bool, matches: bool
) -> str:
    if place is not None:
        return f"picked, number {place + 1} in the mail"
    if barred:
        return _why_barred(slate, reader, position)
    if matches:
        return "matches, but others match better"
    return "matches nothing that the reader follows"


def _score_at(matches: Matches, position: int) -> float:
    return float(matches.scores[matches.positions == position][0])


def _why_barred(slate: Slate, reader: Reader, position: int) -> str:
    if slate.paper_ids[position] in reader.sent:
        return "sent before"
    muting = [p for p in reader.preferences.muted if position in slate.muted_by(p)]
    return "muted by " + ", ".join(repr(phrase) for phrase in muting)
