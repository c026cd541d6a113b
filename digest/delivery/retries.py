"""Queue again what did not arrive, because somebody asked for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from digest.delivery.store import retries
from digest.editions.rules.freshness import Freshness
from digest.errors import InputError
from digest.ground.database.engine import Database
from digest.model import DeliveryState
from digest.runs import runs
from digest.smtp.replies import codes_of
from digest.subscribers.rules.addresses import normalise

RETRIED = (
    DeliveryState.FAILED,
    DeliveryState.DEFERRED,
    DeliveryState.UNCERTAIN,
    DeliveryState.SKIPPED,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries to try again. on: None means every edition that is open and not cancelled.

    state: one of RETRIED; UNCERTAIN may repeat a mail. address: only this reader's. reply: only
    those whose reply has this in it; `*` and `?` stand for what they usually do.
    """

    on: date | None = None
    state: DeliveryState = DeliveryState.FAILED
    address: str | None = None
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class Retried:
    """How many deliveries of which editions were queued again, or would be.

    stale: those of these editions that are too old to be sent by the scheduler.
    """

    queued: dict[date, int]
    stale: tuple[date, ...]
    dry_run: bool

    def to_json(self) -> dict[str, Any]:
        """Return it as programs read it."""
        return {
            "queued": {day.isoformat(): count for day, count in self.queued.items()},
            "stale": [day.isoformat() for day in self.stale],
            "dry_run": self.dry_run,
        }


def retry(
    database: Database,
    wanted: Wanted,
    fresh: Freshness,
    clock: Callable[[], datetime],
    *,
    dry_run: bool = False,
) -> Retried:
    """Queue deliveries again; whatever sends takes them up. Attempts go on being counted.

    dry_run: count them and change nothing. InputError for a state that cannot be tried again.
    """
    if wanted.state not in RETRIED:
        states = ", ".join(RETRIED)
        raise InputError(f"What is {wanted.state} cannot be tried again; these can: {states}.")
    if dry_run:
        return _retry(database, wanted, fresh, clock(), dry_run=True)
    with runs.recorded(database, "retry", clock) as note:
        found = _retry(database, wanted, fresh, clock(), dry_run=False)
        note.report = found.to_json() | {
            "state": wanted.state.value,
            "reply": codes_of(wanted.reply or ""),
        }
    return found


def _retry(
    database: Database, wanted: Wanted, fresh: Freshness, now: datetime, *, dry_run: bool
) -> Retried:
    address = normalise(wanted.address) if wanted.address else None
    with database.read() as session:
        found = retries.count(
            session, on=wanted.on, state=wanted.state, address=address, reply=wanted.reply
        )
    if not dry_run:
        for day in found:
            with database.write() as session:
                found[day] = retries.queue_again(
                    session, day, now=now, state=wanted.state, address=address, reply=wanted.reply
                )
    queued = {day: count for day, count in found.items() if count}
    return Retried(queued, tuple(d for d in queued if not fresh.allows(d, now)), dry_run)
