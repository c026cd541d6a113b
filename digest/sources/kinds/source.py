"""What every kind of live source is: settings in the operator's file, requests, answers."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from digest.papers.dumps import Entry, Refusal
from digest.sources.kinds.charset import decode
from digest.sources.kinds.explanations import explanation

PAGE_LENGTH = 100  # entries that one request asks for, where a list comes in pages
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Request:
    """One request for a page of a list.

    day: the date of the list, unless the answer names its own. start: how many entries of the list
    come before this page.
    """

    url: str
    day: date
    start: int = 0


@dataclass(frozen=True, slots=True)
class Received:
    """What came back. charset: as its Content-Type names it, if it does. address: where it was."""

    body: bytes
    charset: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The entries of one answer in their order, and what cannot be used.

    day: the date of the list, where the answer names it. outside: entries of other days, left out.
    following: the request for the next page; None at the end of the list. ranked: false where the
    answer says that its order means nothing. The line of a refusal is the position of the entry in
    the answer, from 1.
    """

    entries: tuple[Entry, ...]
    refusals: tuple[Refusal, ...] = ()
    day: date | None = None
    outside: int = 0
    following: Request | None = None
    ranked: bool = True

    @property
    def length(self) -> int:
        """How many entries the answer has, whether they are used or not."""
        return len(self.entries) + len(self.refusals) + self.outside


def split(parts: list[Entry | Refusal]) -> tuple[tuple[Entry, ...], tuple[Refusal, ...]]:
    """Separate entries from refusals."""
    entries = tuple(part for part in parts if isinstance(part, Entry))
    return entries, tuple(part for part in parts if isinstance(part, Refusal))


def whole_number(least: int, most: int) -> BeforeValidator:
    """Return the check that a setting is a whole number within bounds."""

    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least:,} to {most:,}")
        return value

    return BeforeValidator(check)


def _is_web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and not parts.username
        _ = parts.port
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("must be an http or https address without a user name and password")
    return url


def _is_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("must be of small letters, digits, and . _ - (64 at most)")
    return name


Name = Annotated[str, AfterValidator(_is_name)]
WebAddress = Annotated[str, AfterValidator(_is_web_address)]
Minutes = Annotated[int, whole_number(1, 10_080)]
WindowDays = Annotated[int, whole_number(1, 31)]
SilentDays = Annotated[int, whole_number(1, 366)]
MaxEntries = Annotated[int, whole_number(1, 5_000)]


class Source(BaseModel, ABC):
    """One live source: its settings, what to ask it for, and how to read its answers.

    A kind of source is a subclass in a module of its own, listed in `kinds.KINDS`. Its fields are
    its settings in the file, with their defaults; its class variables say how it behaves.

    every_minutes: how often it is asked. window_days: how many days back a fetch looks.
    silent_after_days: how long it may bring nothing new. max_entries: the longest list; the rest
    is left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: ClassVar[str]  # its name in the file
    spacing_seconds: ClassVar[float] = 0.0  # from the end of a request to the next to its host
    is_ranked: ClassVar[bool] = False  # the order of a list says which papers people like
    ranks_by_votes: ClassVar[bool] = False  # papers with more votes come first, however listed
    is_rolling: ClassVar[bool] = False  # its list is the newest entries, which stay for days
    has_other_days: ClassVar[bool] = True  # it can be asked for the list of another day

    name: Name
    every_minutes: Minutes = 120
    window_days: WindowDays = 2
    silent_after_days: SilentDays = 4
    max_entries: MaxEntries = 1_000

    @property
    @abstractmethod
    def host(self) -> str:
        """The host that it asks; empty for a file. Sources of one host are asked in turn."""

    @abstractmethod
    def requests(self, on: date) -> list[Request]:
        """Return the first request for each list that a fetch on a date brings, oldest first."""

    @abstractmethod
    def read(self, request: Request, answer: Received) -> Page:
        """Return what an answer holds; DumpError for what is no list of this kind."""

    def explain(self, answer: Received) -> str:
        """Return what the body of an error says is wrong; empty if it says nothing to people."""
        return explanation(decode(answer.body, answer.charset))

    def is_quiet(self, _now: datetime) -> bool:
        """Whether it publishes nothing at this time, so that it is not asked."""
        return False

    def quiet_time(self, _since: datetime, _until: datetime) -> timedelta:
        """Return for how long it was quiet between two times: silence then means nothing."""
        return timedelta()

    def days(self, on: date) -> list[date]:
        """Return the days of the window that ends on a date, oldest first."""
        return [on - timedelta(days=back) for back in reversed(range(self.window_days))]


class WebSource(Source):
    """A source with an address."""

    url: WebAddress

    @property
    def host(self) -> str:
        """The host of the address."""
        return urlsplit(self.url).hostname or ""


def with_query(url: str, query: dict[str, str]) -> str:
    """Return an address with more fields in its query."""
    parts = urlsplit(url)
    both = {**dict(parse_qsl(parts.query)), **query}
    return urlunsplit(parts._replace(query=urlencode(both)))


def follow(page: Page, following: Request, *, max_entries: int) -> Page:
    """Add the request for the next page to a full one, unless the list is long enough."""
    if page.length < PAGE_LENGTH or following.start >= max_entries:
        return page
    return replace(page, following=following)
