"""Which ranking one reader's votes on one mail speak for."""

from collections.abc import Mapping

from digest.model import Team


def net(teams: Mapping[int, Team], votes: Mapping[int, int]) -> int:
    """Return how much the votes on a mail speak for A: it has won over 0, B below, 0 is a tie.

    teams: by paper, of the papers that one ranking alone picked. votes: by paper, 1 or -1. "More
    like this" counts for the team of its paper, "less like this" against it. What both rankings
    picked says nothing.
    """
    sides = {Team.A: 1, Team.B: -1}
    return sum(sides[teams[paper]] * value for paper, value in votes.items() if paper in teams)
