"""The sections of a mail: runs of neighbouring picks that have the same reason."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from digest.model import Pick, Reason


@dataclass(frozen=True, slots=True)
class Section:
    """The papers that stand under one heading, in mail order."""

    reason: Reason
    paper_ids: list[int] = field(default_factory=list)


def sections_of(picks: Iterable[Pick]) -> list[Section]:
    """Cut picks, which come in mail order, into sections; nothing is moved."""
    sections: list[Section] = []
    last: Reason | None = None
    for pick in picks:
        if pick.reason is not last and pick.reason != last:
            last = pick.reason
            sections.append(Section(last))
        sections[-1].paper_ids.append(pick.paper_id)
    return sections
