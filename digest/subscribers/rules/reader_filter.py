"""Which readers a list shows: one filter for the command line, the API and the console."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from digest.errors import InputError
from digest.ground.time.due_times import start_of
from digest.model import Cadence, DeliveryState, Layout, Origin, SubscriberState
from digest.subscribers.rules.addresses import normalise

LONGEST_SEARCH = 320
# What a message of ours calls itself: <20261119.7.0a1b...@digest.example.org>.
_MESSAGE_ID = re.compile(r"<?\d{8}\.(\d{1,10})\.[0-9a-f]{24}@[^\s>]+>?")
_NUMBER = re.compile(r"#?(\d{1,10})")
_GREATEST_ID = 2**31 - 1


class SearchKind(StrEnum):
    """What a search text is compared with."""

    NUMBER = "number"  # the reader's, or that in the Message-ID of a mail to them
    ADDRESS = "address"  # all of it
    BEGINNING = "beginning"  # of the address, up to a part of its domain
    DOMAIN = "domain"  # the beginning of it
    PART = "part"  # of the address or the name


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for. text: in lower case; of a NUMBER its digits, of a DOMAIN no @."""

    kind: SearchKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderFilter:
    """What readers must have, all of it at once; None: whatever it is.

    mail: what became of their last mail, among those of the newest editions. joined_from and the
    like: moments; `..._to` is the first one that is too late. left: unsubscribed or suppressed.
    """

    state: SubscriberState | None = None
    search: Search | None = None
    topic: str | None = None
    language: str | None = None
    layout: Layout | None = None
    cadence: Cadence | None = None
    timezone: str | None = None
    origin: Origin | None = None
    mail: DeliveryState | None = None
    joined_from: datetime | None = None
    joined_to: datetime | None = None
    left_from: datetime | None = None
    left_to: datetime | None = None

    @property
    def is_found_by_search(self) -> bool:
        """Whether an index leads from the search to the few readers that it may mean."""
        return self.search is not None and self.search.kind is not SearchKind.PART

    @property
    def is_walked(self) -> bool:
        """Whether readers have to be looked at one by one to find those that are meant."""
        if self.is_found_by_search:
            return False
        told = {name for name in NAMES if getattr(self, name) is not None}
        return bool(told - {"state"})


NAMES = tuple(field.name for field in fields(ReaderFilter))
EVERYBODY = ReaderFilter()


def search_for(text: str) -> Search | None:
    """Tell what a search text means; None when it is empty.

    `7`, `#7` and a Message-ID are a number, `@uni-` is a domain, `ann@ex` the beginning of an
    address. Anything else may be anywhere in the address or the name.
    """
    wanted = " ".join(text.split()).lower()
    if not wanted:
        return None
    if len(wanted) > LONGEST_SEARCH or not wanted.isprintable():
        raise InputError(f"search: at most {LONGEST_SEARCH} printable characters")
    if found := _NUMBER.fullmatch(wanted) or _MESSAGE_ID.fullmatch(wanted):
        return Search(SearchKind.NUMBER, str(min(int(found[1]), _GREATEST_ID)))
    local, at, domain = wanted.rpartition("@")
    if at and not local:
        return Search(SearchKind.DOMAIN, domain) if domain else Search(SearchKind.PART, "@")
    return Search(SearchKind.BEGINNING if at else SearchKind.PART, wanted)


def search_kind(text: str) -> SearchKind | None:
    """Return what a search text is compared with; None for nothing, or for one that is none."""
    try:
        found = search_for(text)
    except InputError:
        return None
    return found.kind if found else None


def of_address(address: str) -> Search | None:
    """Search for exactly one address; None when it is no address at all, so nobody's."""
    try:
        return Search(SearchKind.ADDRESS, normalise(address))
    except InputError:
        return None


def read_filter(
    texts: Mapping[str, str], *, topics: Collection[str], zone: str = "UTC"
) -> ReaderFilter:
    """Read a filter from texts by the names of its fields; an empty text stands for any.

    topics: those of the catalogue. zone: of the dates; `..._to` is the last day that counts.
    InputError names the first text that says nothing.
    """
    given = {name: text for name, text in texts.items() if name in NAMES and text.strip()}
    return ReaderFilter(
        **{name: _read(name, text.strip(), topics, zone) for name, text in given.items()}
    )


def _read(name: str, text: str, topics: Collection[str], zone: str) -> Any:
    if name in _WORDS:
        return _word(name, text, _WORDS[name])
    if name in _DAYS:
        return _midnight(name, text, zone, timedelta(days=name.endswith("_to")))
    if name == "topic" and text not in topics:
        raise InputError(f"topic: {text!r} is not in the catalogue", hint="digest topics list")
    return search_for(text) if name == "search" else text


_WORDS: Mapping[str, type[StrEnum]] = {
    "state": SubscriberState,
    "layout": Layout,
    "cadence": Cadence,
    "origin": Origin,
    "mail": DeliveryState,
}
_DAYS = ("joined_from", "joined_to", "left_from", "left_to")


def _word(name: str, text: str, kind: type[StrEnum]) -> StrEnum:
    try:
        return kind(text)
    except ValueError:
        raise InputError(f"{name}: {text!r} is none of {', '.join(kind)}") from None


def _midnight(name: str, text: str, zone: str, later: timedelta) -> datetime:
    try:
        day = date.fromisoformat(text) + later
    except (ValueError, OverflowError):
        raise InputError(f"{name}: {text!r} is not a date such as 2026-11-21") from None
    return start_of(day, zone)
