"""A delivery's next state, decided from the relay's answer.

queued --250--> sent
       --4xx, no connection--> deferred --(later, again)--> ...
       --final reply lost--> uncertain --(DIGEST_UNCERTAIN=resend: later, once more)--> ...
       --5xx, or tried often enough--> failed
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from digest.model import Answer, DeliveryState, Lost, Reply, Unreachable

BACKOFF: Sequence[timedelta] = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)

# How often a mail that may have arrived is sent again: a relay that takes mail and loses its final
# replies will go on like that.
REPEATS = 1

# What a recovery knows of a mail that was begun and whose reply nobody noted.
KILLED = Lost("the sender was killed before the final reply was recorded")
VANISHED = Lost("the sender's lease ran out, and its journal is not on this machine")


class Outcome(NamedTuple):
    """How a delivery stands after an attempt, or after the decision not to make one.

    refusal: the relay's answer when it refused the message, for good or not.
    """

    state: DeliveryState
    reply: str
    not_before: datetime | None = None
    attempted: bool = True
    refusal: Reply | None = None


def settle(
    answer: Answer,
    *,
    attempts: int,
    now: datetime,
    jitter: float = 0.5,
    uncertain_attempts: int = 0,
) -> Outcome:
    """Decide a delivery's next state.

    attempts: how many were made, the one just answered included (>= 1). uncertain_attempts: of how
    many before it the final reply was lost, be it by a kill; after one repeat the delivery stays
    uncertain for good.
    jitter: in [0, 1); spreads the retries over 80 % to 120 % of the wait.
    A 5xx to MAIL is the relay's opinion of us, not of the reader: it is tried again later
    (RFC 5321, section 4.2.1 allows that once the cause is mended).
    """
    if isinstance(answer, Reply) and 200 <= answer.code < 300:
        return Outcome(DeliveryState.SENT, str(answer))
    wait = BACKOFF[min(attempts, len(BACKOFF)) - 1] * (0.8 + 0.4 * jitter)
    given_up = attempts > len(BACKOFF)
    refusal = answer if isinstance(answer, Reply) else None
    match answer:
        case Lost() if uncertain_attempts < REPEATS and not given_up:
            return Outcome(DeliveryState.UNCERTAIN, str(answer), now + wait)
        case Lost():
            return Outcome(DeliveryState.UNCERTAIN, str(answer))
        case Reply(code=code) if code >= 500 and not _is_about_us(answer):
            return Outcome(DeliveryState.FAILED, str(answer), refusal=refusal)
        case Reply() | Unreachable() if not given_up:
            return Outcome(DeliveryState.DEFERRED, str(answer), now + wait, refusal=refusal)
        case _:
            reply = f"{answer} (given up after {attempts} attempts)"
            return Outcome(DeliveryState.FAILED, reply, refusal=refusal)


def bounded(outcome: Outcome, stale_at: datetime, now: datetime) -> Outcome:
    """Give up what would be tried again only when its edition is too old, from `stale_at` on.

    What is uncertain stays so, and is not repeated. Whoever sends an edition
    that is too old already does so on purpose: then nothing changes.
    """
    if outcome.not_before is None or outcome.not_before <= stale_at or now > stale_at:
        return outcome
    if outcome.state is DeliveryState.UNCERTAIN:
        return outcome._replace(not_before=None)
    words = f"{outcome.reply} (given up: the edition is too old)"
    return outcome._replace(state=DeliveryState.FAILED, reply=words, not_before=None)


def _is_about_us(reply: Reply) -> bool:
    """Tell a refusal of our sender from one of this message (its size or form)."""
    return reply.command == "MAIL" and not reply.text.startswith(("5.3.4", "5.6."))


def skip(reason: str) -> Outcome:
    """Return the outcome of a mail that is not sent on purpose. reason: why, in words."""
    return Outcome(DeliveryState.SKIPPED, reason, attempted=False)


def fail(reason: str) -> Outcome:
    """Return the outcome of a message that could not be composed, which is our own fault."""
    return Outcome(DeliveryState.FAILED, reason, attempted=False)
