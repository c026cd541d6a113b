"""Decide what follows an attempt: delivered, tried again, or given up; and when a webhook is off.

The waits are those that the Standard Webhooks specification recommends ("Deliverability and
reliability"): ten attempts within three days.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WAITS = (
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)  # after the first attempt, the second, and so on
GIVEN_UP_AFTER = sum(WAITS, timedelta())
LONGEST_WISH = timedelta(days=1)  # of a receiver that asks to be left alone
REST = timedelta(minutes=1)  # of a receiver that failed several times in a row
FAILURES_IN_A_ROW = 3
_GONE = 410
_ASKS_TO_WAIT = (429, 503)


class MessageState(StrEnum):
    """Whether a message waits, arrived, or was given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one attempt.

    status: of the answer; None when there was none. problem: why it counts as failed, in words;
    empty when it arrived. answer: the beginning of the answer's body. wait_seconds: how long the
    receiver asked to be left alone. milliseconds: how long the attempt took.
    """

    status: int | None
    problem: str
    answer: str = ""
    wait_seconds: float = 0.0
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows. not_before: of what is tried again. disables: why the webhook is off now."""

    state: MessageState
    not_before: datetime | None = None
    disables: str = ""


def problem_of(status: int) -> str:
    """Say why an answer counts as failed; empty for one that does not."""
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"it answered {status}: redirects are not followed"
    if status == _GONE:
        return "it answered 410: it wants no more messages"
    return f"it answered {status}"


def judge(reply: Reply, attempts: int, failing_since: datetime | None, now: datetime) -> Verdict:
    """Decide what follows an attempt.

    attempts: with this one. failing_since: since when nothing arrived at the webhook, as far as
    was known before. What it disables for outlives the attempts, so it says no more than a status.
    """
    if not reply.problem:
        return Verdict(MessageState.DELIVERED)
    if reply.status == _GONE:
        return Verdict(MessageState.FAILED, disables="the receiver answered 410 Gone")
    if attempts <= len(WAITS):
        wished = timedelta(seconds=reply.wait_seconds if reply.status in _ASKS_TO_WAIT else 0)
        wait = max(WAITS[attempts - 1], min(wished, LONGEST_WISH))
        return Verdict(MessageState.WAITING, now + wait)
    if failing_since is not None and now - failing_since >= GIVEN_UP_AFTER:
        last = "" if reply.status is None else f": {problem_of(reply.status)}"
        since = f"nothing arrived since {failing_since:%Y-%m-%d %H:%M} UTC"
        return Verdict(MessageState.FAILED, disables=since + last)
    return Verdict(MessageState.FAILED)
