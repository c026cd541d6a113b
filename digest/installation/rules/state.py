"""How far a database has come, and what it lacks of what a machine has seen."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class State(NamedTuple):
    """How far a database has come.

    edition: date of the newest one, ISO; empty: none. event, subscriber, paper: the highest ids.
    event_at: when the event with this id was written, ISO; ids that were given out again differ.
    settlements: how many batches were settled. suppressed_at: of the newest suppression, ISO;
    suppressions: how many there are.
    """

    installation: str
    epoch: str
    edition: str = ""
    event: int = 0
    event_at: str = ""
    settlements: int = 0
    subscriber: int = 0
    paper: int = 0
    suppressed_at: str = ""
    suppressions: int = 0

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "State":
        """Return a state as `_asdict` wrote it; TypeError or KeyError for anything else."""
        return cls(**{name: values[name] for name in cls._fields})


def missing(seen: State, found: State, accepted: State | None, event_at: str) -> list[str]:
    """Say what a database lacks of what was seen, a line each; empty when it lacks nothing.

    accepted: the state that an operator accepted last, when there was more. event_at: when the
    database's event with the number of `seen` was written, ISO; empty without one.
    """
    if seen.installation != found.installation:
        return ["it is the database of another installation"]
    if seen.epoch == found.epoch:
        return _missing(seen, found, event_at)
    if accepted is not None and accepted.epoch == seen.epoch:
        return _missing(seen, accepted, event_at)  # what has come since is something else
    return [*_missing(seen, found, event_at), "the restore that was accepted since"]


def _missing(seen: State, found: State, event_at: str) -> list[str]:
    lines = []
    if found.edition < seen.edition:
        newest = f"the newest is of {found.edition}" if found.edition else "there is none"
        lines.append(f"the edition of {seen.edition} ({newest})")
    if found.event < seen.event:
        lines.append(f"the events from {found.event + 1} to {seen.event}")
    elif seen.event and event_at != seen.event_at:
        lines.append(f"event {seen.event} as it was written at {seen.event_at}")
    if found.settlements < seen.settlements:
        lines.append(f"{seen.settlements - found.settlements} of {seen.settlements} batches")
    return lines
