"""What the reports of some days say together."""

from collections.abc import Sequence
from dataclasses import dataclass

ALIGNED_WISHED = 95.0  # percent; forwarding alone breaks some of it
LEAST_MAILS = 100  # of fewer a share says little
SHORT_DAYS, LONG_DAYS = 7, 30


@dataclass(frozen=True, slots=True)
class Source:
    """An address that sent mail in our name, and how much of it was aligned."""

    address: str
    mails: int
    aligned: int


@dataclass(frozen=True, slots=True)
class Shares:
    """How the mail of so many days fared. unknown: sources of which nothing was aligned.

    They are of somebody else who uses our name, or a way of ours that nobody set up; the most mails
    first.
    """

    days: int
    reports: int
    mails: int
    aligned: int
    unknown: Sequence[Source] = ()

    @property
    def percent(self) -> float:
        """The share that was aligned, in percent; 0 without mails."""
        return 100 * self.aligned / self.mails if self.mails else 0.0

    @property
    def is_low(self) -> bool:
        """Whether too much of it is not aligned, as far as there is enough to tell."""
        return self.mails >= LEAST_MAILS and self.percent < ALIGNED_WISHED
