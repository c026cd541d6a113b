"""What the editors change about an edition before it goes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChangeKind(StrEnum):
    """What an entry in the record of an edition's changes did. value: see `Change`."""

    DROP = "drop"  # nobody gets the paper
    PIN = "pin"  # everybody who gets papers gets this one first
    MOVE = "move"  # the paper stands at place `value`, counted from 1, and trends like it
    CLAIM = "claim"  # `value` is what the paper claims, in one line
    NOTE = "note"  # `value` is the editors' note on the paper, or without one on the edition
    APPROVE = "approve"  # the edition may go
    WITHDRAW = "withdraw"  # the approval was taken back


@dataclass(frozen=True, slots=True)
class Approval:
    """What an edition waits for. by: until when. late: what happens then: send, skip or hold."""

    by: datetime
    late: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entry. paper_id: None where the whole edition is meant. who: as people know them.

    undone_at, undone_by: set once it no longer counts; the entry stays.
    """

    id: int
    kind: ChangeKind
    paper_id: int | None
    value: str
    who: str
    at: datetime
    undone_at: datetime | None = None
    undone_by: str = ""
