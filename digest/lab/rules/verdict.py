"""Say which of two rankings is ahead, and how sure that is, however often somebody looks.

Each mail with a vote in it is won by A, won by B, or a tie. Were both alike, the lead of A (won by
A minus won by B) would be a symmetric random walk of one step a decided mail. By the reflection
principle (W. Feller, An Introduction to Probability Theory, volume 1, chapter III) its greatest
distance from 0 within N steps goes beyond x at most four times as often as the last step ends above
x. It is looked at after each edition only, with n decided mails on average, and what it does in
between is not seen: that is worth about 0.58 x sqrt(n) steps (D. Siegmund, Sequential Analysis,
1985, chapter X). So a lead of

    2.2414 x sqrt(N) - 0.5 x sqrt(n),    2.2414 = quantile of the normal distribution at 0.9875

is reached by chance in 5 of 100 labs, after any edition up to N decided mails. How many mails with
a vote a lab takes is planned when it is opened, so it has an end; N is the share of them that is
decided, as far as it is known. docs/why/lab.md compares this with other tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt
from statistics import NormalDist

from digest.model import Team

ERROR = 0.05
_NORMAL = NormalDist()
BOUNDARY = _NORMAL.inv_cdf(1 - ERROR / 4)
_SURELY = _NORMAL.inv_cdf(0.95)
_UNSEEN = 0.5  # a little less than -zeta(1/2) / sqrt(2 pi) = 0.583


class Finding(StrEnum):
    """What a lab has found. It stays, whatever is voted later."""

    A = "a"
    B = "b"
    NONE = "none"  # the plan is through, and neither is ahead by enough


@dataclass(frozen=True, slots=True)
class Counts:
    """Mails of one edition with votes in them. a, b: won by each ranking. ties: by neither."""

    a: int
    b: int
    ties: int

    @property
    def decided(self) -> int:
        """How many were won by either."""
        return self.a + self.b

    @property
    def mails(self) -> int:
        """How many there are."""
        return self.decided + self.ties


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a lab stands.

    total: of all editions. ahead: None at the start and while both are level. lead: the share of
    mails won by A minus the share won by B, -1 to 1; low, high: what it may really be, at 95 % for
    all looks together. chance: how often a lead like this comes about, at some time, with two
    rankings that are alike. spread: how many times more the days differ than chance alone would
    have it; the votes count for so much less. more_mails: how many mails with a vote are still
    needed, if the lead stays what it is; 0 once there is a finding.
    """

    total: Counts
    ahead: Team | None
    lead: float
    low: float
    high: float
    chance: float
    spread: float
    done: float
    more_mails: int
    finding: Finding | None


def judge(editions: Sequence[Counts], planned: int, found: Finding | None = None) -> Verdict:
    """Return how a lab stands. editions: the counts of each. planned: mails with a vote, over 0.

    found: what it has found already.
    """
    total = Counts(*(sum(getattr(one, name) for one in editions) for name in ("a", "b", "ties")))
    spread = _spread(editions, total)
    share = total.decided / total.mails if total.mails else 0.0
    decided = total.decided / spread  # worth as many that are independent
    walk = (total.a - total.b) / spread
    steps = max(planned * share, decided)
    unseen = _UNSEEN * sqrt(decided / max(1, sum(1 for one in editions if one.decided)))
    bound = BOUNDARY * sqrt(steps) - unseen
    lead = (total.a - total.b) / total.mails if total.mails else 0.0
    width = bound / decided * share if decided else 1.0
    mails = total.mails / spread
    finding = found or _finding(walk, bound, mails, planned)
    return Verdict(
        total=total,
        ahead=None if not walk else Team.A if walk > 0 else Team.B,
        lead=lead,
        low=max(-1.0, lead - width),
        high=min(1.0, lead + width),
        chance=_chance((abs(walk) + unseen) / sqrt(steps)) if walk else 1.0,
        spread=spread,
        done=min(1.0, mails / planned),
        more_mails=0 if finding else _more(walk, bound, mails, planned, spread),
        finding=finding,
    )


def _finding(walk: float, bound: float, mails: float, planned: int) -> Finding | None:
    if walk and abs(walk) >= bound:
        return Finding.A if walk > 0 else Finding.B
    return Finding.NONE if mails >= planned else None


def _more(walk: float, bound: float, mails: float, planned: int, spread: float) -> int:
    """Return how many mails with a vote are needed until the bound or the plan is reached."""
    wanted = min(float(planned), bound * mails / abs(walk)) if walk else float(planned)
    return max(1, ceil((wanted - mails) * spread))


def _spread(editions: Sequence[Counts], total: Counts) -> float:
    """Return how many times more the editions differ than chance alone would have it; at least 1.

    Pearson's dispersion. What chance alone does in 19 of 20 labs (by the normal approximation of
    the chi-square distribution) counts as 1.
    """
    used = [one for one in editions if one.decided]
    if len(used) < 2:
        return 1.0
    mean = (total.a - total.b) / total.decided
    room = 1 - mean**2
    if not room:
        return 1.0
    freedom = len(used) - 1
    squares = sum((one.a - one.b - mean * one.decided) ** 2 / one.decided for one in used)
    found = squares / room / freedom
    return found if found > 1 + _SURELY * sqrt(2 / freedom) else 1.0


def _chance(height: float) -> float:
    """Return how often a random walk comes as high, either way, as so many standard deviations."""
    return min(1.0, 4 * (1 - _NORMAL.cdf(height)))
