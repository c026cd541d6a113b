"""The main job: send an edition, or show exactly what would be sent."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from digest.delivery.composing import Choice, Composer, Mail
from digest.delivery.store import batches, due_deliveries, ledger, planning, reasons, stops
from digest.editions.open_edition import Freshness
from digest.editions.store import editions
from digest.editions.store.editions import OpenEdition
from digest.errors import ComposeError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.time.due_times import local_date
from digest.model import DeliveryState, Message, Pick, Reader, Stop, StopKind
from digest.render.lint.finding import Finding, Level
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.explanation import Explanation, explain
from digest.subscribers.rules.addresses import normalise
from digest.subscribers.store import schedules, subscribers


@dataclass(slots=True)
class SendReport:
    """How an edition stands after a run.

    planned: deliveries of the edition, counted apart from `states`, which must add up to it.
    outcomes: what this run did. recovered: what it found out about killed runs before it.
    findings: what the pre-flight check found. stop: what stops the edition now.
    """

    edition: date
    planned: int
    states: dict[DeliveryState, int]
    outcomes: Counter[DeliveryState] = field(default_factory=Counter)
    recovered: Counter[DeliveryState] = field(default_factory=Counter)
    seconds: float = 0.0
    note: str = ""
    dry_run: bool = False
    findings: Sequence[Finding] = ()
    stop: Stop | None = None

    @property
    def balanced(self) -> bool:
        """Whether every planned delivery is in exactly one state."""
        return self.planned == sum(self.states.values())

    @property
    def missed(self) -> bool:
        """Whether anything in this run did not reach its reader, or may not have."""
        trouble = (DeliveryState.FAILED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
        return any(self.outcomes[state] for state in trouble)

    @property
    def troubled(self) -> bool:
        """Whether this run missed a reader or was paused, or the ledger does not add up."""
        held = self.dry_run and any(each.level is Level.ERROR for each in self.findings)
        paused = self.stop is not None and self.stop.kind is StopKind.PAUSED
        return not self.balanced or held or paused or self.missed

    @property
    def messages_per_second(self) -> float:
        """Messages that the relay answered, a second of the run."""
        answered = self.outcomes.total() - self.outcomes[DeliveryState.SKIPPED]
        return answered / self.seconds if self.seconds > 0 else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the report in the form that scripts rely on."""
        return {
            "edition": self.edition.isoformat(),
            "planned": self.planned,
            "states": {
                state.value: self.states[state] for state in DeliveryState if state in self.states
            },
            "seconds": round(self.seconds, 3),
            "messages_per_second": round(self.messages_per_second, 1),
            "run": {
                state.value: self.outcomes[state] for state in DeliveryState if self.outcomes[state]
            },
            "recovered": {
                state.value: self.recovered[state]
                for state in DeliveryState
                if self.recovered[state]
            },
            "balanced": self.balanced,
            "dry_run": self.dry_run,
            "note": self.note,
            "stopped": stop_to_json(self.stop),
            "findings": [finding.to_json() for finding in self.findings],
        }


def stop_to_json(stop: Stop | None) -> dict[str, str] | None:
    """Return what stops an edition as programs read it; None when nothing does."""
    if stop is None:
        return None
    return {"kind": stop.kind.value, "since": stop.since.isoformat(), "reason": stop.reason}


def plan(
    database: Database,
    edition: OpenEdition,
    *,
    only: int | None = None,
    now: datetime | None = None,
    canary: Callable[[int, int], int] | None = None,
) -> int:
    """Queue a delivery for every active subscriber without one; count the new ones.

    now: it is their mail of the period that they are in; left out, it counts for none. canary: how
    many of them go first (`Thresholds.canary`).
    """
    with database.write() as session:
        turns = schedules.list_all(session) if now else []
        days = {turn.id: local_date(turn.schedule.timezone, now) for turn in turns if now}
        return planning.plan(
            session, edition.id, only=only, days=days, now=now, canary=None if only else canary
        )


def due_editions(
    database: Database, fresh: Freshness, *, now: datetime
) -> tuple[dict[date, int], dict[date, int]]:
    """Return the editions with something to send now, and in how many batches: fresh, and held."""
    with database.read() as session:
        found = batches.due_editions(session, now)
    ready = {day: count for day, count in found.items() if fresh.allows(day, now)}
    return ready, {day: count for day, count in found.items() if day not in ready}


def due_batch(database: Database, edition_id: int, number: int, *, now: datetime) -> date | None:
    """Return the date of a batch's edition; None when it is not open and due."""
    with database.read() as session:
        return batches.due_batch(session, edition_id, number, now)


def waiting(database: Database, edition: OpenEdition) -> tuple[int, int]:
    """Count the batches that are open, and the deliveries that no run has settled yet."""
    with database.read() as session:
        states = ledger.states(session, edition.id)
        unsettled = sum(
            states.get(state, 0) for state in (DeliveryState.QUEUED, DeliveryState.SENDING)
        )
        return batches.count_open(session, edition.id), unsettled


def report(
    database: Database,
    edition: OpenEdition,
    *,
    outcomes: Counter[DeliveryState] | None = None,
    recovered: Counter[DeliveryState] | None = None,
    seconds: float = 0.0,
    findings: Sequence[Finding] = (),
) -> SendReport:
    """Count how an edition stands, after a run that had these outcomes."""
    with database.read() as session:
        found = SendReport(
            edition.edition.date,
            planned=ledger.planned(session, edition.id),
            states=ledger.states(session, edition.id),
            outcomes=outcomes or Counter(),
            recovered=recovered or Counter(),
            seconds=seconds,
            findings=findings,
            stop=stops.stop_of(session, edition.id),
        )
    found.note = "" if found.outcomes else _why_nothing(found)
    return found


def _why_nothing(standing: SendReport) -> str:
    """Say in words why a run had nothing to do."""
    if standing.stop is not None:
        return f"the edition is {standing.stop.kind}: {standing.stop.reason}"
    if not standing.planned:
        return "there is no active subscriber"
    waiting = sum(
        standing.states.get(s, 0) for s in (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
    )
    if sending := standing.states.get(DeliveryState.SENDING, 0):
        return f"another run is sending {sending} of them"
    if queued := standing.states.get(DeliveryState.QUEUED, 0):
        return f"what is left is queued ({queued} of them)"
    if waiting:
        return f"everybody had it, or waits for the time of the next attempt ({waiting} of them)"
    return "everybody has had this edition"


def rehearse(
    database: Database,
    edition: OpenEdition,
    composer: Composer,
    *,
    now: datetime,
    only: int | None,
    show: Callable[[Choice, Message | None], None],
) -> SendReport:
    """Take the way of a real send up to the bytes; open no connection and change no row.

    show: called for everyone who would be handled; with None for the message where there is none.
    """
    standing = report(database, edition)
    standing.dry_run = True
    states = Counter(standing.states)
    for choice in _choices(database, edition, composer, now=now, only=only):
        message = None
        state = choice.outcome.state if choice.outcome else DeliveryState.QUEUED
        if choice.outcome is None:
            try:
                message = composer.message(choice)
            except ComposeError:
                state = DeliveryState.FAILED
        if choice.due.state is not None:  # planned before: it would leave its present state
            states[choice.due.state] -= 1
        states[state] += 1
        standing.outcomes[state] += 1
        standing.note = ""
        show(choice, message)
    standing.states = {state: count for state, count in states.items() if count}
    standing.planned = sum(standing.states.values())
    return standing


def _choices(
    database: Database,
    edition: OpenEdition,
    composer: Composer,
    *,
    now: datetime,
    only: int | None,
) -> Iterator[Choice]:
    papers = [candidate.paper.id for candidate in edition.edition.candidates]
    with database.read() as session:
        shared = editions.ids_with_any(session, papers)
        after = 0 if only is None else only - 1
        while dues := due_deliveries.would_be_due(
            session, edition.id, shared, after=after, now=now
        ):
            after = dues[-1].subscriber_id
            if only is not None:
                dues = [one for one in dues if one.subscriber_id == only]
            known = reasons.behind(session, [one.picks for one in dues if one.picks])
            yield from composer.choose(dues, known)
            if only is not None:
                return
        yield from composer.choose(due_deliveries.erased(session, edition.id, now), {})


def preview(database: Database, edition: OpenEdition, composer: Composer, address: str) -> Mail:
    """Return the mail that a subscriber got, or would get now, whatever the state.

    NotFoundError when there is no such subscriber, or nothing is left to send.
    """
    one, packed = reader(database, edition, address)
    with database.read() as session:
        known = reasons.behind(session, [packed] if packed else [])
    asked = due_deliveries.DueDelivery(one.subscriber_id, None, 0, one, packed)
    choice = composer.choose([asked], known)[0]
    if choice.outcome is not None:
        raise NotFoundError(f"There is no mail to show: {choice.outcome.reply}.")
    return composer.mail(choice)


def reader(database: Database, edition: OpenEdition, address: str) -> tuple[Reader, bytes | None]:
    """Return a subscriber as a reader of this edition, with the packed picks of his delivery.

    Whatever the subscriber's state. NotFoundError when there is none.
    """
    with database.read() as session:
        subscriber = subscribers.get(session, normalise(address))
        if subscriber is None:
            raise NotFoundError("No subscriber has this address.", hint="digest subscribers list")
        papers = [candidate.paper.id for candidate in edition.edition.candidates]
        shared = editions.ids_with_any(session, papers)
        return due_deliveries.reader(session, edition.id, shared, subscriber.id)


def picks_of(database: Database, packed: bytes) -> tuple[Pick, ...]:
    """Return the picks that a delivery holds."""
    with database.read() as session:
        return reasons.unpack(packed, reasons.behind(session, [packed]))[0]


def explain_to(
    database: Database, edition: OpenEdition, matrix: CandidateMatrix, address: str
) -> list[Explanation]:
    """Explain every candidate to one subscriber: as mailed when it was, else as it would be."""
    one, packed = reader(database, edition, address)
    return explain(matrix, one, picks_of(database, packed) if packed else None)
