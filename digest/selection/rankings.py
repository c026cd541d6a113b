"""The rankings that there are: how much the trend and a reader's votes count beside what matches.

Mail follows STANDARD. A lab compares two of them (docs/why/lab.md). Weights are hundredths.
"""

from dataclasses import dataclass

from digest.selection.taste import TASTE_WEIGHT


@dataclass(frozen=True, slots=True)
class Ranking:
    """The weights of one ranking. trend: of the trend. taste: what many votes move a score by."""

    trend: int = 50
    taste: int = TASTE_WEIGHT


STANDARD = Ranking()
# The name of a ranking is stored with a lab: it keeps its meaning.
RANKINGS = {
    "standard": STANDARD,
    "trend": Ranking(trend=400),  # what is talked about comes first
    "match": Ranking(trend=10),  # what fits topics and interests best comes first
    "votes": Ranking(taste=2 * TASTE_WEIGHT),  # votes count twice
}
