"""Compare the database with this machine's mark, and move the mark on (ADR 42).

A database that is behind the mark of any machine was restored, or a failover lost something: it
does not know who was mailed and who left. Nothing is sent until the operator has looked at it.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from digest.errors import DigestError, HeldError
from digest.ground.database.engine import Database
from digest.installation import leavers_log, marks, sent_log
from digest.installation.marks import LostMarkError, Mark
from digest.installation.rules.state import State, missing
from digest.installation.store import holds, installation, leavers
from digest.installation.store.holds import Hold

MARGIN = 10_000  # ids that may have been given out since the mark was written
_OVERLAP = 200  # events back: of two transactions the later one may have the lower number
_LATE = timedelta(minutes=5)  # the same of suppressions, by their time
_log = logging.getLogger(__name__)


def observe(database: Database, folder: Path, now: datetime) -> None:
    """Move this machine's mark on, and copy who has left since; HeldError when mail is held.

    folder: of the marks. DigestError when it cannot be written.
    """
    with marks.locked(folder) as mark, database.read() as session:
        found, lines = compare(session, mark)
        held = holds.list_all(session)
        if not lines:
            _copy(session, folder, mark, found, now)
    if lines:
        held = _hold_once(database, folder, mark, lines, held, now)
    if held:
        raise refusal(held)


def note(database: Database, folder: Path, now: datetime) -> None:
    """Do the same after an event; what goes wrong is logged, as the event itself is safe."""
    try:
        observe(database, folder, now)
    except HeldError:
        _log.warning("The database is behind the mark of a machine: see `digest restore --check`.")
    except DigestError as exc:
        _log.error("Who left could not be copied; the next look makes up for it: %s", exc)
    except Exception:  # the event is committed, and is not told to have failed
        _log.exception("Who left could not be copied; the next look makes up for it.")


def look(database: Database, folder: Path, now: datetime) -> None:
    """Hold mail and give out no id anew if the database is behind, as soon as it is opened.

    A mark that is lost is logged: sending refuses it, and the logs say which ids there were.
    """
    try:
        mark = marks.read(folder)
    except LostMarkError as exc:
        _log.error("%s", exc)
        with database.write() as session:
            skip_logged(session, folder)
        return
    if mark is None:
        return
    with database.read() as session:
        lines = compare(session, mark)[1]
        held = holds.list_all(session) if lines else []
    if lines:
        _hold_once(database, folder, mark, lines, held, now)


def compare(session: Session, mark: Mark) -> tuple[State, list[str]]:
    """Return the state of the database, and what it lacks of what a mark has seen, in words."""
    found, accepted = installation.read(session)
    if mark.state is None:
        return found, []
    at = installation.event_at(session, mark.state.event)
    return found, missing(mark.state, found, accepted, at)


def _hold_once(
    database: Database,
    folder: Path,
    mark: Mark,
    lines: Sequence[str],
    held: Sequence[Hold],
    now: datetime,
) -> list[Hold]:
    """Hold all mail for what this machine misses, and give out no id anew that its mark has seen.

    Once: not when it is among those who hold it. Return all holds.
    """
    if any(each.machine == mark.machine for each in held):
        return list(held)
    ours = Hold(mark.machine, marks.name_of(folder), now, describe(lines))
    with database.write() as session:
        holds.add(session, ours)
        if mark.state is not None:
            skip_seen(session, mark.state)
    _log.error("All mail is held: %s", ours.reason)
    return [*held, ours]


def skip_seen(session: Session, seen: State) -> None:
    """Let new subscribers, events and papers have ids that none had that a machine has seen.

    Not when the state is of another installation.
    """
    if installation.read(session)[0].installation != seen.installation:
        return
    for table, last in (
        ("subscribers", seen.subscriber),
        ("events", seen.event),
        ("papers", seen.paper),
    ):
        installation.skip_ids(session, table, last + MARGIN)


def skip_logged(session: Session, folder: Path) -> None:
    """Let new subscribers and events have ids that the logs of a folder do not name."""
    readers, newest = {0}, 0
    for batch in sent_log.read(folder):
        readers |= batch.sent | batch.uncertain
    for entry in leavers_log.read(folder):
        if "event" in entry:
            readers.add(entry["subscriber"])
            newest = max(newest, entry["event"])
    for table, last in (("subscribers", max(readers)), ("events", newest)):
        if last:
            installation.skip_ids(session, table, last + MARGIN)


def describe(lines: Sequence[str]) -> str:
    """Say what is missing in one sentence."""
    return f"The database lacks what this machine has seen: {'; '.join(lines)}."


def refusal(held: Sequence[Hold]) -> HeldError:
    """Return the error for a send that is held."""
    reasons = "\n".join(f"{each.name}: {each.reason}" for each in held)
    return HeldError(
        "All mail is held, as the database is behind what was seen of it. Was it restored, or did "
        f"a failover lose something?\n{reasons}",
        hint="on each of these machines: digest restore --check, then digest restore --accept",
    )


def _copy(session: Session, folder: Path, mark: Mark, found: State, now: datetime) -> None:
    """Add to the log of leavers what is new, then move the mark."""
    seen = mark.state or State(found.installation, found.epoch)
    if seen.installation == found.installation:  # who is erased leaves a smaller number behind
        highest = max(seen.subscriber, found.subscriber)
        found = found._replace(subscriber=highest, paper=max(seen.paper, found.paper))
    if mark.state == found:
        return
    since = max(0, seen.event - _OVERLAP)
    news = leavers.events_after(session, since, mark.copied) if found.event > since else []
    if found.suppressions != seen.suppressions or found.suppressed_at > seen.suppressed_at:
        at = seen.suppressed_at
        moment = datetime.fromisoformat(at) - _LATE if at else None
        news += leavers.suppressions_since(session, moment, leavers_log.newest_hashes(folder))
    leavers_log.add(folder, news, now)
    known = {*mark.copied, *(each["event"] for each in news if "event" in each)}
    recent = tuple(sorted(one for one in known if one > found.event - _OVERLAP))
    marks.write(folder, replace(mark, state=found, copied=recent))
