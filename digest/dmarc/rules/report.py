"""What an aggregate report says (RFC 9990, section 3.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class Count(NamedTuple):
    """Mails that came from one address and fared alike.

    source: an IP address; empty for many that were too many to be kept apart. disposition: what the
    receiver did with them: none, pass, quarantine or reject. dkim, spf: passed, and aligned with
    the domain of the From field.
    """

    source: str
    disposition: str
    dkim: bool
    spf: bool
    mails: int

    @property
    def aligned(self) -> bool:
        """Whether DMARC passed (RFC 9989): one of the two is enough."""
        return self.dkim or self.spf


@dataclass(frozen=True, slots=True)
class Report:
    """One report. report_id: unique among those of its organisation. day: in UTC, of its begin.

    unreadable: how many of its records could not be read.
    """

    organisation: str
    report_id: str
    domain: str
    day: date
    counts: Sequence[Count]
    unreadable: int = 0
