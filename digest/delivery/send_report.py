"""The report of a send: what it did, and how the edition stands."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from digest.delivery.store import ledger, stops
from digest.editions.store import editions
from digest.editions.store.editions import OpenEdition
from digest.errors import NotFoundError
from digest.ground.database.engine import Database
from digest.model import DeliveryState, Stop, StopKind
from digest.render.lint.finding import Finding, Level


@dataclass(slots=True)
class SendReport:
    """How an edition stands after a run.

    planned: deliveries of the edition, counted separately from `states`, which must add up to it.
    outcomes: what this run did. recovered: what it settled of runs that were killed before it.
    findings: of the check before a send. stop: what stops the edition now. remark: what is unusual
    about the edition; empty mostly.
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
    remark: str = ""

    @property
    def balanced(self) -> bool:
        """Return whether every planned delivery is in exactly one state."""
        return self.planned == sum(self.states.values())

    @property
    def missed(self) -> bool:
        """Return whether anything in this run did not reach its reader, or may not have."""
        not_sent = (DeliveryState.FAILED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
        return any(self.outcomes[state] for state in not_sent)

    @property
    def troubled(self) -> bool:
        """Return whether this run missed a reader or was paused, or the ledger does not add up."""
        blocked = self.dry_run and any(each.level is Level.ERROR for each in self.findings)
        paused = self.stop is not None and self.stop.kind is StopKind.PAUSED
        return not self.balanced or blocked or paused or self.missed

    @property
    def messages_per_second(self) -> float:
        """Return how many messages the relay answered in a second of the run."""
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
            "remark": self.remark,
            "stopped": stop_to_json(self.stop),
            "findings": [finding.to_json() for finding in self.findings],
        }


def stop_to_json(stop: Stop | None) -> dict[str, str] | None:
    """Return what stops an edition as programs read it; None when nothing does."""
    if stop is None:
        return None
    return {"kind": stop.kind.value, "since": stop.since.isoformat(), "reason": stop.reason}


def make_report(
    database: Database,
    edition: OpenEdition,
    *,
    outcomes: Counter[DeliveryState] | None = None,
    recovered: Counter[DeliveryState] | None = None,
    seconds: float = 0.0,
    findings: Sequence[Finding] = (),
) -> SendReport:
    """Report how an edition stands, after a run that had these outcomes."""
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


def _why_nothing(report: SendReport) -> str:
    """Say in words why a run had nothing to do."""
    if report.stop is not None:
        return f"the edition is {report.stop.kind}: {report.stop.reason}"
    if not report.planned:
        return "there is no active subscriber"
    waiting = sum(
        report.states.get(s, 0) for s in (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
    )
    if sending := report.states.get(DeliveryState.SENDING, 0):
        return f"another run is sending {sending} of them"
    if queued := report.states.get(DeliveryState.QUEUED, 0):
        return f"what is left is queued ({queued} of them)"
    if waiting:
        return f"everybody had it, or waits for the time of the next attempt ({waiting} of them)"
    return "everybody has had this edition"


def report_of(database: Database, on: date) -> SendReport:
    """Report how the edition of a date stands. NotFoundError when it is not open."""
    with database.read() as session:
        edition = editions.get(session, on)
    if edition is None:
        raise NotFoundError("There is no open edition of that date.")
    report = make_report(database, edition)
    if waiting := report.states.get(DeliveryState.QUEUED, 0):
        report.note = f"{waiting} wait for a sender"
    return report
