"""Papers, the editions that list them, and the picks with their reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Paper:
    """What a dump lists, once, however many dumps list it.

    url: where it is read: its page at arXiv or a publisher, or that of its source; else empty.
    code_urls, project_urls: addresses that the abstract names, in the order of the abstract.
    topics: slug -> confidence in (0, 1].
    summary: what a language model wrote, when one was asked; else empty, and an extract is shown.
    authors: names in their order, as the fullest list has them; empty when no list does.
    """

    id: int
    title: str
    abstract: str
    url: str = ""
    code_urls: tuple[str, ...] = ()
    project_urls: tuple[str, ...] = ()
    topics: Mapping[str, float] = field(default_factory=dict)
    summary: str = ""
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Byline:
    """Who wrote a paper, and where they work: each name once, in the order of the list."""

    authors: tuple[str, ...] = ()
    affiliations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a paper stood in one dump.

    source: the live source of the dump; empty for a file. rank: 1 is the top; 0 in a list whose
    order says nothing. entries: how many papers the dump lists. stars: of the paper's code.
    """

    date: date
    source: str
    rank: int
    entries: int
    votes: int | None = None
    stars: int | None = None


@dataclass(frozen=True, slots=True)
class References:
    """Addresses that an abstract names, http or https, each once, in the order of the abstract."""

    code_urls: tuple[str, ...] = ()
    project_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """An abstract, and the day of the first dump that had it."""

    day: date
    abstract: str


@dataclass(frozen=True, slots=True)
class Trend:
    """How much a paper trends, and the facts it comes from (see docs/why/trend.md)."""

    score: float  # in [0, 1]
    best_rank: int  # 1 is the top of a dump; 0: only in lists without order
    dumps: int  # how many dumps have listed it so far
    age_days: int  # since its newest appearance
    votes: int | None = None  # None: no source has votes
    weekly: float | None = None  # the score for a weekly mail, in [0, 1]; None: before it was kept
    week_dumps: int = 0  # of `dumps`, those of the last seven days; 0: before it was kept
    week_rank: int | None = None  # the best rank in those; None when there is none
    known_days: int | None = None  # since its first appearance; None: before it was kept
    list_size: int | None = None  # places of the list in which it had that rank; None: not kept
    weeks: int = 0  # weeks back from the edition that listed it; 0: before it was kept


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper of an edition, frozen with its trend.

    claim, note: the editors' words, on one line: what it claims instead of what is found in its
    title and abstract, and their note on it. Empty mostly.
    """

    paper: Paper
    trend: Trend
    claim: str = field(default="", repr=False)
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Edition:
    """One date's frozen list of candidates, by falling trend, ties by title key.

    sends_at: when it is due by the hour of the service. domain: the right side of its Message-IDs.
    catalogue_version: of the topics of its papers, and of what these are called.
    pinned: papers for everybody, the first one first. note: of the editors, on one line.
    dropped: how many candidates the editors took out.
    A mail's boundaries come of the repr, which has nothing that came later.
    """

    date: date
    sends_at: datetime
    domain: str
    candidates: tuple[Candidate, ...]
    catalogue_version: int = field(default=0, repr=False)
    pinned: tuple[int, ...] = field(default=(), repr=False)
    note: str = field(default="", repr=False)
    dropped: int = field(default=0, repr=False)


class Empty(StrEnum):
    """Why an edition has nothing new for anybody."""

    NO_DUMP = "no dump"  # none came for its date
    NOTHING_NEW = "nothing new"  # one came, and earlier editions had all of its papers
    SOURCE_STALE = "source stale"  # none has come for longer than DIGEST_STALE_AFTER


class ReasonKind(StrEnum):
    """Why a paper was picked."""

    __hash__ = str.__hash__  # reasons are looked up for every pick, and Enum's own is slow

    TOPIC = "topic"  # subject: the slug of a topic that the reader follows
    INTEREST = "interest"  # subject: the phrase that the reader typed
    TRENDING = "trending"  # subject: empty, or "votes" when the reader's votes order what trends
    OUTSIDE = "outside"  # subject: the slug of a topic that the reader does not follow
    LIKED = "liked"  # subject: the title of a paper that the reader wants more of
    EDITORS = "editors"  # subject: empty; the editors chose it for everybody


class Reason(NamedTuple):
    """Why a paper was picked: a kind, and what it is about."""

    kind: ReasonKind
    subject: str = ""


class Team(StrEnum):
    """Which of the two rankings of a lab picked a paper that the other one did not."""

    A = "a"
    B = "b"


class Pick(NamedTuple):
    """A paper chosen for one reader; `paper_id` names a candidate of the edition."""

    paper_id: int
    reason: Reason
