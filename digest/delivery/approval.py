"""Approve an edition before it goes, take that back, and do what comes when nobody approves it.

What an edition waits for is kept with it when it opens, so that every machine agrees and a change
of the settings holds for the next one. Whoever leases looks at it in the same statement.
"""

from datetime import date

from digest.delivery.store import stops
from digest.editions import changing
from digest.editions.changing import Author, EditedEdition
from digest.editions.store import changes, editions
from digest.editions.store.editions import OpenEdition
from digest.errors import ConflictError
from digest.ground.database.engine import Database
from digest.model import ChangeKind, StopKind

NOBODY = "the deadline"
TOO_LATE = "nobody approved it in time"


def approve(
    database: Database, on: date | None, author: Author, *, version: int | None = None
) -> EditedEdition:
    """Let an edition go: that of a date, or the newest one. Again is harmless.

    version: of the edition that its author has seen. NotFoundError without such an edition;
    ConflictError when it needs no approval, is cancelled, or was changed since it was seen.
    """
    before = changing.look(database, on)
    day, edition_id = before.open.edition.date, before.open.id
    with database.write() as session:
        changes.locked(session, edition_id)
        state = changes.state(session, edition_id)
        if state.cancelled_at is not None:
            raise ConflictError(f"The edition of {day} is cancelled.")
        if state.waits is None:
            raise ConflictError(
                f"The edition of {day} needs no approval.",
                hint="set DIGEST_APPROVAL=required; it holds for editions that open from then on",
            )
        if version is not None and version != state.version:
            raise ConflictError(
                f"The edition of {day} was changed since you looked at it.", hint="look again"
            )
        if state.approved_at is None:
            changes.set_approved(session, edition_id, author.at)
            changes.add(session, edition_id, ChangeKind.APPROVE, who=author.name, now=author.at)
    return changing.look(database, day)


def approve_if_waiting(database: Database, edition: OpenEdition, author: Author) -> None:
    """Approve an edition as it was read, if it waits for that and for nothing else."""
    with database.read() as session:
        stop = stops.stop_of(session, edition.id)
    if stop is not None and stop.kind is StopKind.UNAPPROVED:
        approve(database, edition.edition.date, author, version=edition.version)


def take_back(database: Database, on: date | None, author: Author) -> EditedEdition:
    """Let an approved edition wait again. ConflictError when it has begun, or is not approved."""
    before = changing.look(database, on)
    day, edition_id = before.open.edition.date, before.open.id
    with database.write() as session:
        changes.locked(session, edition_id)
        state = changes.state(session, edition_id)
        if state.begun_at is not None:
            raise ConflictError(
                f"The edition of {day} is being sent already.",
                hint=f"to stop it: `digest pause --date {day}`",
            )
        if state.waits is None or state.approved_at is None:
            raise ConflictError(f"The edition of {day} is not approved.")
        changes.set_approved(session, edition_id, None)
        changes.add(session, edition_id, ChangeKind.WITHDRAW, who=author.name, now=author.at)
    return changing.look(database, day)


def decide_overdue(database: Database, author: Author) -> list[date]:
    """Send or cancel the editions that nobody approved in time, as they were to be then.

    Return their dates. Any number of processes may call it at any time.
    """
    with database.read() as session:  # asked every minute, mostly in vain
        if not changes.overdue(session, author.at):
            return []
    decided = []
    with database.write() as session:
        for edition_id, waits in changes.overdue(session, author.at):
            changes.locked(session, edition_id)
            if edition_id not in dict(changes.overdue(session, author.at)):
                continue  # somebody has decided while we waited
            if waits.late == "skip":
                stops.cancel(session, edition_id, TOO_LATE, author.at)
            else:
                changes.set_approved(session, edition_id, author.at)
                changes.add(session, edition_id, ChangeKind.APPROVE, who=author.name, now=author.at)
            decided.append(editions.date_of(session, edition_id))
    return decided
