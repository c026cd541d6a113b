"""The sections of a mail: runs of neighbouring picks that have the same reason."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from digest.model import Pick, Reason


class Section(NamedTuple):
    """The papers that stand under one heading, in mail order."""

    reason: Reason
    paper_ids: list[int]


def sections_of(picks: Iterable[Pick]) -> list[Section]:
    """Cut picks, which come in mail order, into sections; nothing is moved."""
    return [
        Section(reason, [pick.paper_id for pick in run])
        for reason, run in groupby(picks, attrgetter("reason"))
    ]
