"""Subscribers, their preferences and votes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from digest.model.papers import Paper


class SubscriberState(StrEnum):
    """The state of a subscription; only active ones get a digest."""

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"


class Origin(StrEnum):
    """How a subscriber came."""

    FORM = "form"  # they filled in the page, or an application asked in their name
    API = "api"  # a key of the operator's added them
    COMMAND = "command"  # `digest subscribers add`
    IMPORT = "import"  # a file, or the list of another instance
    UNKNOWN = "unknown"  # before this was kept


class Cadence(StrEnum):
    """How often a reader wants mail."""

    __hash__ = str.__hash__  # looked up for every mail

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"


class Layout(StrEnum):
    """How much of each paper a mail shows."""

    __hash__ = str.__hash__  # looked up for every mail

    STANDARD = "standard"  # the best with summaries, the others in a line each
    FULL = "full"  # all with summaries
    COMPACT = "compact"  # all in a line each
    TEXT = "text"  # as standard, and no HTML at all


class EmptyDay(StrEnum):
    """What a reader wants when there is nothing new."""

    SKIP = "skip"  # no mail
    NOTE = "note"  # one line that says why
    FILL = "fill"  # the best of the week that was not sent yet


class InLab(StrEnum):
    """Whether a reader takes part in comparisons of two rankings."""

    NO = "no"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class DeliverySchedule:
    """When a reader wants mail: at `hour` (0-23) local time in the IANA zone `timezone`."""

    cadence: Cadence = Cadence.DAILY
    hour: int = 7
    timezone: str = "UTC"
    weekday: int = 0  # 0 is Monday; only the weekly cadence looks at it


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader wants: topics (slug -> weight > 0), phrases, muted phrases, length.

    summaries: how many papers of the standard layout have one. language: a code such as "en"
    (BCP 47). lab: whether two rankings may share the mail while the operator compares them.
    """

    topics: Mapping[str, float] = field(default_factory=dict)
    interests: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    max_papers: int = 10
    schedule: DeliverySchedule = DeliverySchedule()
    layout: Layout = Layout.STANDARD
    language: str = "en"
    empty_day: EmptyDay = EmptyDay.SKIP
    summaries: int = 3
    lab: InLab = InLab.NO


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An address with a state and its preferences. nonce: see ground/tokens/nonces."""

    id: int
    address: str
    name: str
    state: SubscriberState
    preferences: Preferences
    created_at: datetime
    nonce: bytes = field(repr=False)
    paused_until: date | None = None

    @property
    def resumes_on(self) -> date | None:
        """The date on which mail goes on; None when they are not paused.

        `paused_until` stays when a paused reader leaves: undoing that goes on with the pause.
        """
        return self.paused_until if self.state is SubscriberState.PAUSED else None


class Vote(NamedTuple):
    """What a reader thinks of a paper: 1 asks for more like it, -1 for less."""

    paper: Paper
    value: int


@dataclass(frozen=True, slots=True)
class Reader:
    """What composing one message needs to know of a subscriber.

    sent: ids of the edition's candidates that this reader has been sent before.
    votes: newest first; their papers need not be in the edition. nonce: see ground/tokens/nonces.
    """

    subscriber_id: int
    address: str
    name: str
    preferences: Preferences
    nonce: bytes = field(repr=False)
    sent: frozenset[int] = frozenset()
    votes: tuple[Vote, ...] = ()
