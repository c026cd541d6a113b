"""The words of the service as plain values; every layer speaks in these.

All times are aware UTC. Every class is frozen: a value can be handed to anyone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """The state of a delivery; `planned` is the sum of all of them."""

    QUEUED = "queued"  # planned, nobody has touched it
    SENDING = "sending"  # its batch is leased by a worker
    SENT = "sent"  # the relay answered 250
    DEFERRED = "deferred"  # 4xx or network trouble; tried again at `not_before`
    FAILED = "failed"  # 5xx, given up, or our own fault
    UNCERTAIN = "uncertain"  # handed over, and the final reply was lost
    SKIPPED = "skipped"  # not sent on purpose; the reply column says why


class SubscriberState(StrEnum):
    """Where an address stands; only active ones get a digest."""

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"


class Cadence(StrEnum):
    """How often a reader wants mail."""

    __hash__ = str.__hash__  # looked up for every mail

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"


class Layout(StrEnum):
    """How much of each paper a mail shows."""

    __hash__ = str.__hash__  # looked up for every mail

    FULL = "full"
    COMPACT = "compact"  # titles and reasons
    TEXT = "text"  # no HTML at all


class EmptyDay(StrEnum):
    """What a reader wants when there is nothing new."""

    SKIP = "skip"  # no mail
    NOTE = "note"  # one line that says why
    FILL = "fill"  # the best of the week that was not sent yet


class ReasonKind(StrEnum):
    """Why a paper was picked."""

    __hash__ = str.__hash__  # reasons are looked up for every pick, and Enum's own is slow

    TOPIC = "topic"  # subject: the slug of a topic that the reader follows
    INTEREST = "interest"  # subject: the phrase that the reader typed
    TRENDING = "trending"  # subject: empty; it trends, whatever its topic
    OUTSIDE = "outside"  # subject: the slug of a topic that the reader does not follow
    LIKED = "liked"  # subject: the title of a paper that the reader wants more of


class Empty(StrEnum):
    """Why an edition has nothing new; a reader's own lack of anything is a matter of his mail."""

    NO_DUMP = "no dump"  # none came for its date
    NOTHING_NEW = "nothing new"  # one came, and earlier editions had all of its papers
    SOURCE_STALE = "source stale"  # none has come for longer than DIGEST_STALE_AFTER


class StopKind(StrEnum):
    """Why nothing of an edition is sent at the moment."""

    HELD = "held"  # the pre-flight check found errors; a later check lets it go
    PAUSED = "paused"  # by the operator, the canary or the guard; it goes on when he says so
    CANCELLED = "cancelled"  # by the operator, for good


@dataclass(frozen=True, slots=True)
class Stop:
    """That an edition is stopped: by what, since when, and why in words."""

    kind: StopKind
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a reader wants mail: at `hour` (0-23) local time in the IANA zone `timezone`."""

    cadence: Cadence = Cadence.DAILY
    hour: int = 7
    timezone: str = "UTC"
    weekday: int = 0  # 0 is Monday; only the weekly cadence looks at it


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader wants: topics (slug -> weight > 0), phrases, muted phrases, length.

    language: a code such as "en" (BCP 47).
    """

    topics: Mapping[str, float] = field(default_factory=dict)
    interests: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    max_papers: int = 10
    rhythm: Rhythm = Rhythm()
    layout: Layout = Layout.FULL
    language: str = "en"
    empty_day: EmptyDay = EmptyDay.SKIP


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An address with a state and its preferences."""

    id: int
    address: str
    name: str
    state: SubscriberState
    preferences: Preferences
    created_at: datetime
    paused_until: date | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """What a dump lists, once, however many dumps list it.

    url: the paper's own page when an identifier is known, else empty (a title search is linked).
    code_urls, project_urls: addresses that the abstract names, in the order of the abstract.
    topics: slug -> confidence in (0, 1].
    summary: what a language model wrote, when one was asked; else empty, and an extract is shown.
    """

    id: int
    title: str
    abstract: str
    url: str = ""
    code_urls: tuple[str, ...] = ()
    project_urls: tuple[str, ...] = ()
    topics: Mapping[str, float] = field(default_factory=dict)
    summary: str = ""


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
    """How much a paper trends, and the facts it comes from (see docs/trend.md)."""

    score: float  # in [0, 1]
    best_rank: int  # 1 is the top of a dump; 0: only in lists without order
    dumps: int  # how many dumps have listed it so far
    age_days: int  # since its newest appearance
    votes: int | None = None  # None: no source has votes
    weekly: float | None = None  # the score for a weekly mail, in [0, 1]; None: before it was kept
    week_dumps: int = 0  # of `dumps`, those of the last seven days; 0: before it was kept
    week_rank: int | None = None  # the best rank in those; None when there is none


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper of an edition, frozen with its trend."""

    paper: Paper
    trend: Trend


@dataclass(frozen=True, slots=True)
class Edition:
    """One date's frozen list of candidates, by falling trend, ties by title key.

    sends_at: the Date header of all its messages. domain: the right side of its Message-IDs.
    """

    date: date
    sends_at: datetime
    domain: str
    candidates: tuple[Candidate, ...]


class Reason(NamedTuple):
    """Why a paper was picked: a kind, and what it is about."""

    kind: ReasonKind
    subject: str = ""


class Pick(NamedTuple):
    """A paper chosen for one reader; `paper_id` names a candidate of the edition."""

    paper_id: int
    reason: Reason


class Vote(NamedTuple):
    """What a reader thinks of a paper: 1 asks for more like it, -1 for less."""

    paper: Paper
    value: int


@dataclass(frozen=True, slots=True)
class Reader:
    """What composing one message needs to know of a subscriber.

    sent: ids of the edition's candidates that this reader has been sent before.
    votes: newest first; their papers need not be in the edition.
    """

    subscriber_id: int
    address: str
    name: str
    preferences: Preferences
    sent: frozenset[int] = frozenset()
    votes: tuple[Vote, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """What was used of a rate limit, in its running window and in the one before.

    window: the number of the running window since 1970. first_at: when it was first used at all.
    """

    window: int
    used: int
    used_before: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who sends: what every message of this service carries, whoever reads it.

    sender_name, sender_address: the From header. bounce_address: the envelope sender.
    unsubscribe_address: where mail ends subscriptions; empty when none does.
    base_url: where the pages live, without a trailing slash. search_url: where a paper without an
    identifier is looked up; `{title}` is replaced by the quoted title.
    """

    name: str
    sender_name: str
    sender_address: str
    bounce_address: str
    base_url: str
    postal_address: str
    timezone: str = "UTC"
    search_url: str = "https://arxiv.org/search/?searchtype=title&query={title}"
    unsubscribe_address: str = ""


class Message(NamedTuple):
    """A composed message on its way: one envelope, one recipient, exact bytes.

    key: the subscriber id; it comes back with the answer. body: header and body with CRLF line
    ends, ending in one, not dot-stuffed. plain: whoever composed it knows that it is 7-bit and
    that no line starts with a dot, so that the relay need not look.
    """

    key: int
    sender: str
    recipient: str
    body: bytes
    plain: bool = False


class Reply(NamedTuple):
    """What the mail server answered; `text` is one line, enhanced status code included.

    command: the SMTP command that was answered ("MAIL", "RCPT", "DATA", "." for the final dot),
    because a refusal of MAIL is our fault and a refusal of RCPT is the reader's address.
    """

    code: int
    text: str
    command: str = "."

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


@dataclass(frozen=True, slots=True)
class Lost:
    """The message was handed over and the final reply never came: nobody knows its fate."""

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The message was never handed over: no connection, or it broke before the final dot."""

    reason: str

    def __str__(self) -> str:
        return self.reason


Answer = Reply | Lost | Unreachable
