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
    for pick in picks:
        if not sections or sections[-1].reason != pick.reason:
            sections.append(Section(pick.reason))
        sections[-1].paper_ids.append(pick.paper_id)
    return sections
