"""Messages, the answers of a mail server, and what stops an edition."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class DeliveryState(StrEnum):
    """The state of a delivery; `planned` is the sum of all of them."""

    QUEUED = "queued"  # planned, not sent yet
    SENDING = "sending"  # its batch is leased by a worker
    SENT = "sent"  # the relay answered 250
    DEFERRED = "deferred"  # 4xx or a network error; tried again at `not_before`
    FAILED = "failed"  # 5xx, given up, or our own fault
    UNCERTAIN = "uncertain"  # sent, and the final reply was lost
    SKIPPED = "skipped"  # not sent on purpose; the reply column says why


class MailKind(StrEnum):
    """What a transactional mail is about: the folder of its templates."""

    CONFIRM = "confirm"
    WELCOME = "welcome"
    CHANGED = "changed"
    GOODBYE = "goodbye"
    ERASED = "erased"
    ALREADY = "already"
    REPLIED = "replied"
    UNCLEAR = "unclear"
    SIGN_IN = "sign_in"
    ALERT = "alert"
    TEST = "test"


class StopKind(StrEnum):
    """Why an edition is not sent at the moment."""

    BLOCKED = "blocked"  # the pre-flight check found errors; a later check lets it go
    PAUSED = "paused"  # by the operator, the canary or the guard; until the operator resumes it
    UNAPPROVED = "unapproved"  # it waits until somebody approves it
    CANCELLED = "cancelled"  # by the operator, for good


@dataclass(frozen=True, slots=True)
class Stop:
    """The stop of an edition: its kind, since when, and why."""

    kind: StopKind
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RateUse:
    """How much of a rate limit was used, in the current window and in the one before.

    window: the number of the running window since 1970. first_at: when it was first used at all.
    """

    window: int
    used: int
    used_before: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What every message of this service carries about its sender.

    sender_name, sender_address: the From header. bounce_address: the envelope sender.
    unsubscribe_address: where mail ends subscriptions; empty when none does.
    base_url: where the pages live, without a trailing slash. search_url: where the page of a paper
    looks its title up; `{title}` is replaced by the quoted title.
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
    ends, ending in one, not dot-stuffed. plain: it is known to be 7-bit without a line that
    starts with a dot, so that sending need not check.
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
    """The message was sent and the final reply never came: it may have been accepted or not."""

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The message was not sent: no connection, or it broke before the final dot."""

    reason: str

    def __str__(self) -> str:
        return self.reason


Answer = Reply | Lost | Unreachable
