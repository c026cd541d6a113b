"""When so much goes wrong that an edition had better wait for its operator.

Three look at that: the canary, the first few readers of an edition, who go alone; the guard, over
the last messages of a run; and, before each batch, a look at what came back of the edition. The
first two weigh alike: a message that failed, or is uncertain, counts whole; one that was put off a
quarter, as greylisting puts off many that arrive later. A few failures are no news, whatever their
share: addresses go bad every day.
"""

from collections import deque
from collections.abc import Mapping
from math import ceil

from digest.ground.text.counts import counted
from digest.model import Answer, DeliveryState, FeedbackKind, Lost, Reply

LEAST_CANARY, MOST_CANARY = 20, 500
LEAST_FAILURES = 3
LEAST_OUTAGE = 10  # mails that tell an outage from addresses that went bad
WHOLE, QUARTER = 4, 1  # weights


def canary_size(before: int, total: int, percent: float) -> int:
    """Return how many of `total` readers go first: `percent` of them, within 20 and 500.

    before: how many the edition had already; from 20 on they are canary enough. 0: nobody goes
    first, as nothing would be left behind them.
    """
    size = min(max(ceil(total * percent / 100), LEAST_CANARY), MOST_CANARY)
    return size if percent and before < LEAST_CANARY and size < total else 0


def weight(answer: Answer) -> int:
    """Return what an answer weighs, in quarters of a failure; see above."""
    if isinstance(answer, Reply):
        if answer.code < 300:
            return 0
        return WHOLE if answer.code >= 500 else QUARTER
    return WHOLE if isinstance(answer, Lost) else QUARTER


def is_too_much(quarters: int, total: int, most_percent: float) -> bool:
    """Return whether failures, in quarters, of so many messages are too many; 0 percent: never."""
    enough = quarters >= WHOLE * LEAST_FAILURES
    return bool(most_percent) and enough and quarters * 100 > most_percent * WHOLE * total


def failed_and_all(counts: Mapping[DeliveryState, int]) -> tuple[int, int]:
    """Return how many deliveries failed or may have, and how many were tried."""
    failed = counts.get(DeliveryState.FAILED, 0) + counts.get(DeliveryState.UNCERTAIN, 0)
    tried = counts.get(DeliveryState.SENT, 0) + counts.get(DeliveryState.DEFERRED, 0)
    return failed, failed + tried


def is_outage(failed: int, total: int) -> bool:
    """Return whether so many failures are the relay's doing, and say nothing of the readers."""
    return total >= LEAST_OUTAGE and failed * 2 > total


def judge(counts: Mapping[DeliveryState, int], most_percent: float) -> str:
    """Say what is wrong with a canary; empty when the rest may follow.

    counts: its deliveries by state; those that were skipped count for nothing.
    """
    failed, total = failed_and_all(counts)
    put_off = counts.get(DeliveryState.DEFERRED, 0)
    if not is_too_much(failed * WHOLE + put_off * QUARTER, total, most_percent):
        return ""
    return (
        f"of the first {counted(total, 'mail')}, {failed} failed or may not have arrived, and "
        f"{put_off} {'was' if put_off == 1 else 'were'} put off"
    )


def judge_feedback(
    told: Mapping[FeedbackKind, int],
    counts: Mapping[DeliveryState, int],
    bounces_most: float,
    complaints_most: float,
) -> str:
    """Say what is wrong with what came back of an edition; empty when it may go on.

    told: how many of its mails bounced or were called spam, by kind; soft bounces count for
    nothing. counts: its deliveries by state. *_most: percent of what was sent, 0: never.
    """
    hard, blocked = told.get(FeedbackKind.HARD, 0), told.get(FeedbackKind.BLOCKED, 0)
    complaints = told.get(FeedbackKind.COMPLAINT, 0)
    total = counts.get(DeliveryState.SENT, 0) + counts.get(DeliveryState.FAILED, 0)
    if is_too_much((hard + blocked) * WHOLE, total, bounces_most):
        return (
            f"of {counted(total, 'mail')}, {hard} bounced for good, and {blocked} "
            f"{'was' if blocked == 1 else 'were'} blocked because of us"
        )
    if is_too_much(complaints * WHOLE, total, complaints_most):
        return f"of {counted(total, 'mail')}, {complaints} were called spam"
    return ""


class LastMessages:
    """What became of the last `size` messages of a run; 0 looks at none. Judges once it is full."""

    def __init__(self, size: int, most_percent: float) -> None:
        self._size = size
        self._most_percent = most_percent
        self._weights: deque[int] = deque(maxlen=size)
        self._sum = 0
        self.too_many = ""

    def note(self, weight: int) -> None:
        """Add a message by its weight; `too_many` then says what went wrong, once too much did."""
        if not self._size:
            return
        if len(self._weights) == self._size:
            self._sum -= self._weights[0]
        self._weights.append(weight)
        self._sum += weight
        if self._sum and len(self._weights) == self._size and not self.too_many:
            self._look()

    @property
    def is_outage(self) -> bool:
        """Whether too much failed, and of the newest mails the most did."""
        newest = list(self._weights)[-LEAST_OUTAGE:]
        return bool(self.too_many) and is_outage(newest.count(WHOLE), len(newest))

    def _look(self) -> None:
        if is_too_much(self._sum, self._size, self._most_percent):
            failed, put_off = self._weights.count(WHOLE), self._weights.count(QUARTER)
            self.too_many = (
                f"of the last {counted(self._size, 'mail')}, {failed} failed or may not have "
                f"arrived, and {put_off} {'was' if put_off == 1 else 'were'} put off"
            )
