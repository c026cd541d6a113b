"""The places of a paper as the points of a small drawing; a template writes it as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from digest.model import Place

WIDTH, HEIGHT = 320, 130  # of the drawing, in its own units
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 310, 12, 104  # of the plane in it
_LOWEST = 10  # the plane reaches down to this rank at least, so that 1st and 2nd are close


@dataclass(frozen=True, slots=True)
class RankPlot:
    """A plane with days to the right and ranks downwards, 1 at the top.

    points: (x, y) of each day's best rank, oldest first. lowest: the rank at the bottom.
    """

    points: tuple[tuple[float, float], ...]
    first: date
    last: date
    lowest: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = _RIGHT
    top: int = _TOP
    bottom: int = _BOTTOM

    @property
    def line(self) -> str:
        """The points as SVG writes them."""
        return " ".join(f"{x},{y}" for x, y in self.points)


def plot(places: Sequence[Place]) -> RankPlot | None:
    """Return the drawing of the places that have a rank; None for fewer than two days of them."""
    best: dict[date, int] = {}
    for place in places:
        if place.rank:
            best[place.date] = min(place.rank, best.get(place.date, place.rank))
    if len(best) < 2:
        return None
    first, last, lowest = min(best), max(best), max(_LOWEST, *best.values())
    days = (last - first).days
    points = tuple(
        (
            round(_LEFT + (_RIGHT - _LEFT) * (day - first).days / days, 1),
            round(_TOP + (_BOTTOM - _TOP) * (rank - 1) / (lowest - 1), 1),
        )
        for day, rank in sorted(best.items())
    )
    return RankPlot(points, first, last, lowest)
