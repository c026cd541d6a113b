"""How often a lab finds what is there, and what is not: `python -m benchmarks.lab [LABS]`.

Simulated voters. Each day a voter gets a mail of ten papers: five that both rankings pick, two or
three of either alone (a coin gives the odd one). They vote on each paper with probability 0.12 and
on at least one, so on 1.7 on average; a vote asks for more with probability 0.7. Ranking A is
better in that its papers get "more" oftener and B's rarer.

The difference of a lab is P(A wins) - P(B wins) over all mails with a vote in them, ties among
them. In "days differ" a day's papers favour one side at random, in "readers differ" each reader
does, by as much as sd says; over all they are as good as they are.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from digest.lab.rules.verdict import Counts, Finding, judge

PAPERS, USUALLY_ALONE = 10, 5
ASKS_MORE = 0.7
USUAL_RATE = 0.12
PLANNED = 6_000
LABS = 2_000
_NORMAL = NormalDist()


def _net(papers: int, rate: float, more: float) -> NDArray[np.float64]:
    """The distribution of more minus less on some papers of one team, from -papers to papers."""
    one = np.array([rate * (1 - more), 1 - rate, rate * more])
    found = np.ones(1)
    for _ in range(papers):
        found = np.convolve(found, one)
    return found


def outcomes(
    shift: float, rate: float = USUAL_RATE, alone: int = USUALLY_ALONE
) -> tuple[float, float, float]:
    """P(A wins), P(B wins), P(tie) of a mail with a vote; shift: of P(more), A up and B down."""
    wins = np.zeros(3)
    for of_a in (alone // 2, alone - alone // 2):
        a, b = (
            _net(of_a, rate, ASKS_MORE + shift),
            _net(alone - of_a, rate, ASKS_MORE - shift),
        )
        difference = np.convolve(a, b[::-1])
        middle = alone
        wins += np.array(
            [difference[middle + 1 :].sum(), difference[:middle].sum(), difference[middle]]
        )
    wins /= 2
    silent = (1 - rate) ** PAPERS
    wins[2] -= silent
    a_wins, b_wins, ties = (wins / (1 - silent)).tolist()
    return a_wins, b_wins, ties


@cache
def shift_for(difference: float, rate: float = USUAL_RATE, alone: int = USUALLY_ALONE) -> float:
    """The shift that makes a difference, by bisection."""
    low, high = 0.0, 0.3
    for _ in range(50):
        middle = (low + high) / 2
        a, b, _ = outcomes(middle, rate, alone)
        low, high = (middle, high) if a - b < difference else (low, middle)
    return low


@dataclass(frozen=True)
class World:
    """Who votes: how many a day, for how many days, and how much days or readers differ (sd)."""

    name: str
    voters: int = 200
    days: int = 30
    days_sd: float = 0.0
    readers_sd: float = 0.0
    votes_on: float = USUAL_RATE
    alone: int = USUALLY_ALONE

    def draw(self, difference: float, chance: np.random.Generator) -> list[Counts]:
        """The counts of each day of one lab."""
        a, _, ties = outcomes(
            shift_for(difference, self.votes_on, self.alone), self.votes_on, self.alone
        )
        by_day = chance.normal(0, self.days_sd, self.days)[:, None]
        by_reader = chance.normal(0, self.readers_sd, self.voters)[None, :]
        own = by_day + by_reader - by_reader.mean()
        first = np.clip(a + own / 2, 0, 1 - ties)
        drawn = chance.random((self.days, self.voters))
        won = (drawn < first).sum(axis=1)
        lost = (drawn >= first + ties).sum(axis=1)
        return [
            Counts(int(x), int(y), self.voters - int(x) - int(y))
            for x, y in zip(won, lost, strict=True)
        ]


def reflected(days: list[Counts]) -> bool:
    """Whether ours finds that A or B is better, looked at every day."""
    for day in range(1, len(days) + 1):
        finding = judge(days[:day], PLANNED).finding
        if finding is not None:
            return finding is not Finding.NONE
    return False


def _walk(days: list[Counts]) -> list[tuple[int, int]]:
    leads = np.cumsum([one.a - one.b for one in days]).tolist()
    return list(zip(leads, np.cumsum([one.decided for one in days]).tolist(), strict=True))


def naive(days: list[Counts]) -> bool:
    """Whether a test at 5 %, made every day as if it were the only one, ever finds something."""
    return any(abs(lead) >= 1.96 * sqrt(count) for lead, count in _walk(days))


def once(days: list[Counts]) -> bool:
    """Whether one test on the last day finds something, and nobody looked before."""
    lead, count = _walk(days)[-1]
    return abs(lead) >= 1.96 * sqrt(count)


def mixture(days: list[Counts], tuned: float = PLANNED / 6) -> bool:
    """Whether the normal-mixture sequential test (Robbins 1970) ever finds something, every day."""
    return any(
        lead**2 >= (count + tuned) * (log((count + tuned) / tuned) - 2 * log(0.05))
        for lead, count in _walk(days)
    )


def rate(world: World, difference: float, test: Callable[[list[Counts]], bool], labs: int) -> float:
    """In what share of labs a test finds something."""
    chance = np.random.default_rng(55)
    return sum(test(world.draw(difference, chance)) for _ in range(labs)) / labs


def mails_needed(difference: float, power: float = 0.8) -> float:
    """How many mails with a vote a plan needs for this power (Brownian motion with drift)."""
    a, b, ties = outcomes(shift_for(difference))
    bound = _NORMAL.inv_cdf(1 - 0.05 / 4)
    low, high = 1.0, 6.0
    for _ in range(50):
        z = (low + high) / 2
        found = 1 - _NORMAL.cdf(bound - z) + np.exp(2 * z * bound) * _NORMAL.cdf(-bound - z)
        low, high = (z, high) if found < power else (low, z)
    return float(low**2 * (1 - ties) / (a - b) ** 2)


WORLDS = (
    World("all alike"),
    World("readers differ, sd 0.10", readers_sd=0.1),
    World("days differ, sd 0.03", days_sd=0.03),
    World("days differ, sd 0.10", days_sd=0.1),
    World("100 voters", voters=100),
    World("200 voters, 60 days", days=60),
    World("2.2 votes a voter", votes_on=0.2),
    World("3.1 votes a voter", votes_on=0.3),
    World("1.2 votes a voter", votes_on=0.04),
    World("two of ten papers differ", alone=2),
    World("all ten papers differ", alone=10),
)
TESTS = {"ours": reflected, "mixture": mixture, "once, last day": once, "naive, daily": naive}


def main(labs: int) -> None:
    """Print the tables."""
    a, b, ties = outcomes(shift_for(0.03))
    print(f"at 0.03: A wins {a:.3f}, B wins {b:.3f}, ties {ties:.3f}; {labs:,} labs")
    for world in WORLDS:
        for name, test in TESTS.items():
            error, power = (rate(world, difference, test, labs) for difference in (0.0, 0.03))
            print(f"{world.name:28} {name:16} error {error:.3f}  power {power:.3f}")
    for difference in (0.02, 0.03, 0.04, 0.06):
        needed = mails_needed(difference)
        print(f"{difference:.2f}: {needed:,.0f} mails with a vote, {needed / 30:,.0f} voters a day")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LABS)
