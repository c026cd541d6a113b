"""What happened to one reader, in one order: the newest first, a page at a time. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from digest.errors import InputError

_BETWEEN = "~"
_MOST = 2**31 - 1  # no row has a higher number


class MomentKind(StrEnum):
    """What a moment is about. In this order where several are of the same time."""

    EVENT = "event"  # consent, changes, pauses, leaving; name: an EventKind
    MAIL = "mail"  # one of the outbox; name: a MailKind
    DIGEST = "digest"  # one of an edition; name: a DeliveryState
    FEEDBACK = "feedback"  # a bounce or a complaint; name: a FeedbackKind
    VOTE = "vote"  # name: "more" or "less"
    REPLY = "reply"  # what they answered by mail; name: "understood" or "unclear"


_RANKS = {kind: rank for rank, kind in enumerate(MomentKind)}


class Place(NamedTuple):
    """Where a moment stands in the timeline. number: of its row, or of its edition's date."""

    at: datetime
    rank: int
    number: int


class PickedPaper(NamedTuple):
    """A paper of a mail and why it came: kind and subject of its reason."""

    paper_id: int
    title: str
    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to a reader, or that they did. detail: JSON values.

    papers: of a digest, in the order of the mail. picks: the same, packed, until they are read.
    """

    at: datetime
    kind: MomentKind
    name: str
    number: int
    detail: Mapping[str, Any] = field(default_factory=dict)
    papers: Sequence[PickedPaper] = ()
    picks: bytes = field(default=b"", repr=False)

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.at, _RANKS[self.kind], self.number)

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        papers = [one._asdict() for one in self.papers]
        return {
            "at": self.at.isoformat(),
            "kind": self.kind.value,
            "name": self.name,
            **self.detail,
            **({"papers": papers} if papers else {}),
        }


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of it. next: what to ask for the page that follows; empty at the end."""

    moments: Sequence[Moment]
    next: str


def turn_page(moments: Sequence[Moment], before: Place | None, limit: int) -> Sequence[Moment]:
    """Return the newest `limit` moments and one more, of those before a place."""
    chosen = [one for one in moments if before is None or one.place < before]
    return sorted(chosen, key=lambda one: one.place, reverse=True)[: limit + 1]


def write_place(place: Place) -> str:
    """Return a place as a text that a link can hold."""
    return _BETWEEN.join((place.at.isoformat(), str(place.rank), str(place.number)))


def read_place(text: str) -> Place | None:
    """Undo `write_place`; None for an empty text, InputError for any other."""
    if not text:
        return None
    try:
        at, rank, number = text.split(_BETWEEN)
        place = Place(datetime.fromisoformat(at), int(rank), int(number))
        is_one = 0 <= place.rank <= _MOST and 0 <= place.number <= _MOST
        if place.at.tzinfo is None or not is_one or not 1 < place.at.year < 9999:
            raise ValueError
    except ValueError:
        raise InputError(f"{text!r:.60} is no place in a timeline: take one from `next`") from None
    return place
