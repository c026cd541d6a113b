"""Pause an edition, let it go on, or cancel it; each may be asked for again, and by several."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from digest.delivery.send_report import stop_to_json
from digest.delivery.store import ledger, stops
from digest.editions.store import changes, editions
from digest.editions.store.editions import OpenEdition
from digest.errors import BlockedError, ConflictError, NotFoundError
from digest.ground.database.engine import Database
from digest.model import DeliveryState, Stop, StopKind
from digest.runs import runs

BY_THE_OPERATOR = "by the operator"


@dataclass(frozen=True, slots=True)
class Steered:
    """How an edition stands after a request. changed: whether that was not so before.

    stop: what stops it now; None: it is sent.
    """

    edition: date
    changed: bool
    stop: Stop | None
    states: dict[DeliveryState, int]

    def to_json(self) -> dict[str, Any]:
        """Return it as programs read it."""
        return {
            "edition": self.edition.isoformat(),
            "changed": self.changed,
            "stopped": stop_to_json(self.stop),
            "states": {
                state.value: self.states[state] for state in DeliveryState if state in self.states
            },
        }


def pause(
    database: Database, on: date | None, reason: str, clock: Callable[[], datetime]
) -> Steered:
    """Let nothing more of an edition begin: the newest one, or that of a date.

    Workers that are sending it stop within seconds, and settle what is in flight. An edition that
    is paused already keeps its reason. NotFoundError without such an edition, ConflictError when it
    is cancelled.
    """

    def change(session: Session, id_: int) -> bool:
        _refuse_cancelled(session, id_)
        return stops.pause(session, id_, reason or BY_THE_OPERATOR, clock())

    return _steer(database, "pause", on, change, clock)


def resume(database: Database, on: date | None, clock: Callable[[], datetime]) -> Steered:
    """Let a paused edition go on, and the rest of it follow the canary. Errors as for `pause`."""

    def change(session: Session, id_: int) -> bool:
        _refuse_cancelled(session, id_)
        return stops.resume(session, id_, clock())

    return _steer(database, "resume", on, change, clock)


def cancel(
    database: Database, on: date | None, reason: str, clock: Callable[[], datetime]
) -> Steered:
    """Skip all that waits of an edition, for good. NotFoundError without such an edition.

    What workers have at the moment is skipped when they settle it, but for what they have sent.
    """

    def change(session: Session, id_: int) -> bool:
        return stops.cancel(session, id_, reason or BY_THE_OPERATOR, clock())

    return _steer(database, "cancel", on, change, clock)


def check(database: Database, edition: OpenEdition) -> None:
    """Raise BlockedError when an edition is paused, cancelled or not approved."""
    with database.read() as session:
        stop = stops.stop_of(session, edition.id)
    if stop is None or stop.kind is StopKind.BLOCKED:  # `preflight.approve` looks at that
        return
    day = edition.edition.date
    if stop.kind is StopKind.UNAPPROVED:
        raise BlockedError(
            f"The edition of {day} is not approved, nothing was sent: {stop.reason}",
            hint=f"digest edition approve --date {day}, or `digest send --approve --date {day}`",
        )
    what = f"The edition of {day} is {stop.kind} since {stop.since:%Y-%m-%d %H:%M} UTC"
    paused = stop.kind is StopKind.PAUSED
    hint = f"digest resume --date {day}" if paused else "it cannot be taken back"
    raise BlockedError(f"{what}, nothing was sent: {stop.reason}", hint=hint)


def paused(database: Database) -> list[date]:
    """Return the dates of the paused editions with mail that waits."""
    with database.read() as session:
        found = stops.stopped(session)
    return [day for day, stop, batches in found if batches and stop.kind is StopKind.PAUSED]


def _steer(
    database: Database,
    kind: str,
    on: date | None,
    change: Callable[[Session, int], bool],
    clock: Callable[[], datetime],
) -> Steered:
    with database.read() as session:
        found = editions.find(session, on)
    if found is None and on is not None:
        hint = "`digest status` names the newest one"
        raise NotFoundError(f"The edition of {on} is not open.", hint=hint)
    if found is None:
        raise NotFoundError(
            "No edition is open yet.", hint="`digest run` opens one, or `digest send`"
        )
    edition_id, day = found
    with runs.recorded(database, kind, clock) as note:
        with database.write() as session:
            changes.locked(session, edition_id)
            changed = change(session, edition_id)
            stop = stops.stop_of(session, edition_id)
            states = ledger.states(session, edition_id)
        steered = Steered(day, changed, stop, states)
        note.report = steered.to_json()
    return steered


def _refuse_cancelled(session: Session, edition_id: int) -> None:
    stop = stops.stop_of(session, edition_id)
    if stop is not None and stop.kind is StopKind.CANCELLED:
        raise ConflictError(f"The edition is cancelled, which cannot be taken back: {stop.reason}")
