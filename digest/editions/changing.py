"""Change an edition before it goes: drop, pin and move papers, edit claims, add notes; undo.

The frozen candidates stay as they are; a change is an entry beside them, with its author. Whoever
reads the edition afterwards gets it changed (`store/editions.get`). Once its first batch is leased
nothing changes any more: both take the edition's row.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from digest.editions.rules import changes as rules
from digest.editions.store import changes, editions
from digest.editions.store.changes import EditingState
from digest.editions.store.editions import OpenEdition
from digest.errors import ConflictError, InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.model import Candidate, Change, ChangeKind, Edition

_APPROVALS = (ChangeKind.APPROVE, ChangeKind.WITHDRAW)


@dataclass(frozen=True, slots=True)
class EditedEdition:
    """An edition as it is to be sent, beside what it was before anybody changed it.

    frozen: the candidates as they were when it was opened. entries: all that was changed, the
    oldest first, what was undone among it.
    """

    open: OpenEdition
    frozen: Edition
    entries: list[Change]
    state: EditingState

    @property
    def closed(self) -> str:
        """Why nothing can be changed, in a sentence; empty when something can."""
        return _why_closed(self.open.edition.date, self.state)

    def place_of(self, paper_id: int) -> int | None:
        """Return the place of a candidate, counted from 1; None when it is none (any more)."""
        ids = [each.paper.id for each in self.open.edition.candidates]
        return ids.index(paper_id) + 1 if paper_id in ids else None


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes something, as people know them, and when."""

    name: str
    at: datetime


def look(database: Database, on: date | None, known: EditedEdition | None = None) -> EditedEdition:
    """Return the edition of a date (default: the newest one); NotFoundError when it is not open.

    known: an edition that was looked at before; if it is this one, its papers are not read again.
    """
    with database.read() as session:
        return _look(session, _find(session, on), known)


def find_paper(edition: Edition, named: str) -> Candidate:
    """Return the candidate with an id, or the only one with these words in its title.

    NotFoundError when there is none, InputError when several have them.
    """
    if named.isdecimal():
        found = [each for each in edition.candidates if each.paper.id == int(named)]
    else:
        words = named.casefold()
        found = [each for each in edition.candidates if words in each.paper.title.casefold()]
    if not found:
        raise NotFoundError(
            f"The edition of {edition.date} has no paper {named!r}.",
            hint=f"digest edition show --date {edition.date}",
        )
    if len(found) > 1:
        titles = "; ".join(f"{each.paper.id} {each.paper.title}" for each in found[:5])
        raise InputError(
            f"{len(found)} papers have {named!r} in their titles: {titles}",
            hint="name one by its number",
        )
    return found[0]


def drop(database: Database, on: date | None, paper_id: int, author: Author) -> EditedEdition:
    """Let nobody get a paper, in this edition and in later ones.

    NotFoundError without such an edition or paper; ConflictError when the edition is sent, approved
    or cancelled already, when the paper is dropped, or the only one that is left.
    """

    def check(edition: Edition) -> None:
        if len(edition.candidates) == 1:
            day = edition.date
            raise ConflictError(
                f"It is the last paper of the edition of {day}.",
                hint=f"to send nothing of it: `digest cancel --date {day}`",
            )

    return _change(database, on, ChangeKind.DROP, paper_id, "", author, check)


def pin(database: Database, on: date | None, paper_id: int, author: Author) -> EditedEdition:
    """Let everybody who gets papers of an edition get this one first. Errors as for `drop`."""

    def check(edition: Edition) -> None:
        if paper_id in edition.pinned:
            raise ConflictError("The paper is pinned already.")

    return _change(database, on, ChangeKind.PIN, paper_id, "", author, check)


def unpin(database: Database, on: date | None, paper_id: int, author: Author) -> EditedEdition:
    """Undo that a paper is pinned. Errors as for `drop`."""
    with database.write() as session:
        edition_id, _ = _open_for_changes(session, on)
        entries = changes.of_edition(session, edition_id)
        pins = rules.standing(entries, ChangeKind.PIN, paper_id)
        if not pins:
            raise ConflictError("The paper is not pinned.")
        changes.undo(session, edition_id, [each.id for each in pins], author.name, author.at)
        return _look(session, edition_id)


def move(
    database: Database, on: date | None, paper_id: int, place: int, author: Author
) -> EditedEdition:
    """Put a paper at a place of the edition's order, counted from 1; it trends like it from then.

    Errors as for `drop`; InputError when there is no such place.
    """

    def check(edition: Edition) -> None:
        if not 1 <= place <= len(edition.candidates):
            raise InputError(
                f"There is no place {place}: the edition has {len(edition.candidates)} papers."
            )

    return _change(database, on, ChangeKind.MOVE, paper_id, str(place), author, check)


def claim(
    database: Database, on: date | None, paper_id: int, text: str, author: Author
) -> EditedEdition:
    """Write what a paper claims, in one line, instead of what was found. Errors as for `drop`."""
    value = rules.checked_text(ChangeKind.CLAIM, text)
    return _change(database, on, ChangeKind.CLAIM, paper_id, value, author)


def note(
    database: Database, on: date | None, paper_id: int | None, text: str, author: Author
) -> EditedEdition:
    """Write a note on a paper, or on the whole edition. Errors as for `drop`."""
    value = rules.checked_text(ChangeKind.NOTE, text)
    return _change(database, on, ChangeKind.NOTE, paper_id, value, author)


def undo(database: Database, on: date | None, entry: int, author: Author) -> EditedEdition:
    """Let one change of an edition count no more; the entry stays, with who undid it.

    NotFoundError when the edition has no such entry, else errors as for `drop`.
    """
    with database.write() as session:
        edition_id, _ = _open_for_changes(session, on)
        entries = {each.id: each for each in changes.of_edition(session, edition_id)}
        found = entries.get(entry)
        if found is None:
            raise NotFoundError(
                f"The edition has no change {entry}.", hint="digest edition changes"
            )
        if found.kind in _APPROVALS:
            raise ConflictError(
                "An approval is taken back, not undone.", hint="digest edition approve --take-back"
            )
        if found.undone_at is not None:
            raise ConflictError(f"Change {entry} was undone already, by {found.undone_by}.")
        changes.undo(session, edition_id, [entry], author.name, author.at)
        return _look(session, edition_id)


def _change(
    database: Database,
    on: date | None,
    kind: ChangeKind,
    paper_id: int | None,
    value: str,
    author: Author,
    check: Callable[[Edition], None] = lambda _: None,
) -> EditedEdition:
    with database.write() as session:
        edition_id, found = _open_for_changes(session, on)
        if paper_id is not None:
            _refuse_missing(session, found.edition, paper_id)
        check(found.edition)
        changes.add(
            session,
            edition_id,
            kind,
            paper_id=paper_id,
            value=value,
            who=author.name,
            now=author.at,
        )
        return _look(session, edition_id)


def _open_for_changes(session: Session, on: date | None) -> tuple[int, OpenEdition]:
    """Return an edition that may be changed, until the transaction ends; ConflictError if not."""
    edition_id = _find(session, on)
    day = changes.locked(session, edition_id).date
    if why := _why_closed(day, changes.state(session, edition_id)):
        raise ConflictError(why)
    found = editions.get(session, day)
    if found is None:
        raise LookupError(f"the edition of {day} is gone")
    return edition_id, found


def _why_closed(day: date, state: EditingState) -> str:
    if state.cancelled_at is not None:
        return f"The edition of {day} is cancelled."
    if state.begun_at is not None:
        since = f"{state.begun_at:%Y-%m-%d %H:%M} UTC"
        return f"The edition of {day} is being sent since {since}: it is changed no more."
    if state.waits is not None and state.approved_at is not None:
        return f"The edition of {day} is approved. Take the approval back to change it."
    return ""


def _refuse_missing(session: Session, edition: Edition, paper_id: int) -> None:
    if any(each.paper.id == paper_id for each in edition.candidates):
        return
    frozen = editions.get_frozen(session, edition.date)
    if frozen and any(each.paper.id == paper_id for each in frozen.edition.candidates):
        raise ConflictError("The paper is dropped.", hint="undo that first: digest edition changes")
    raise NotFoundError(f"The edition of {edition.date} has no paper {paper_id}.")


def _find(session: Session, on: date | None) -> int:
    key = editions.find(session, on)
    if key is None:
        what = f"The edition of {on} is not open." if on else "No edition is open yet."
        raise NotFoundError(what, hint="digest edition open")
    return key.id


def _look(session: Session, edition_id: int, known: EditedEdition | None = None) -> EditedEdition:
    state = changes.state(session, edition_id)
    if known is not None and (known.open.id, known.state.opened_at) == (
        edition_id,
        state.opened_at,
    ):
        frozen = replace(known.open, edition=known.frozen, version=state.version)
    else:
        frozen = _read(session, editions.date_of(session, edition_id))
    entries = changes.of_edition(session, edition_id)
    found = replace(frozen, edition=rules.apply(frozen.edition, entries))
    return EditedEdition(found, frozen.edition, entries, state)


def _read(session: Session, day: date) -> OpenEdition:
    frozen = editions.get_frozen(session, day)
    if frozen is None:
        raise LookupError(f"the edition of {day} is gone")
    return frozen
