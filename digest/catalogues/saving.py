"""Save a version of the catalogue, or take versions back; what is saved is in force at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from digest.catalogues.store import followers, versions
from digest.catalogues.store.versions import Version
from digest.errors import ConflictError, InputError
from digest.ground.database.engine import Database
from digest.ground.text.counts import counted
from digest.topics.catalogue import Catalogue
from digest.topics.catalogue_file import parse_catalogue

LONGEST_TEXT = 1_000_000  # octets; the shipped catalogue has 120,000
LONGEST_WHY = 1_000
_LONGEST_SLUG = 64  # what the table of the papers' topics holds


@dataclass(frozen=True, slots=True)
class Author:
    """Who saves a version, and why. even_followed: also when readers follow what it removes."""

    name: str
    why: str
    even_followed: bool = False


def save(
    database: Database,
    text: str,
    author: Author,
    *,
    file: bytes,
    now: datetime,
    based_on: int | None = None,
) -> Version:
    """Save a version, which is in force from then on; return it.

    file: the catalogue file as it is, which is in force while there is no version. based_on: the
    version that the author has changed; None: whichever is in force. InputError lists every mistake
    of the text; ConflictError when another version came in between, when nothing is changed, or
    when readers follow a topic that it removes.
    """
    check(text)
    return _add(database, text, author, file, now, based_on=based_on)


def check(text: str) -> Catalogue:
    """Read a text; InputError with every mistake when it is no catalogue."""
    if len(data := text.encode()) > LONGEST_TEXT:
        raise InputError(f"The catalogue is longer than {LONGEST_TEXT:,} octets.")
    found = parse_catalogue(data)
    long = [one.slug for one in found.topics if len(one.slug) > _LONGEST_SLUG]
    if long:
        problems = (f"topic {slug!r}: the slug is longer than {_LONGEST_SLUG}" for slug in long)
        raise InputError("\n".join(f"Topic catalogue: {problem}" for problem in problems))
    return found


def take_back(
    database: Database, number: int, author: Author, *, file: bytes, now: datetime
) -> Version:
    """Take back a version and every newer one: what was in force before it is in force again.

    That is a version of its own, so it can be taken back as well. Return it. NotFoundError when the
    version was never saved, InputError for 0; else errors like `save`.
    """
    with database.read() as session:
        if number < 1:
            raise InputError("Version 0 is the catalogue file, which cannot be taken back.")
        versions.check(session, number)
        before = versions.get(session, number - 1)
    text = before.text if before else None
    return _add(database, text, author, file, now, takes_back=number)


def hash_file(file: bytes) -> str:
    """Return the hash by which a changed catalogue file is noticed."""
    return sha256(file).hexdigest()


def _add(
    database: Database,
    text: str | None,
    author: Author,
    file: bytes,
    now: datetime,
    *,
    based_on: int | None = None,
    takes_back: int | None = None,
) -> Version:
    why = " ".join(author.why.split())
    if not why or len(why) > LONGEST_WHY:
        raise InputError(f"Say in 1 to {LONGEST_WHY:,} characters why the catalogue is changed.")
    try:
        with database.write() as session:
            newest = versions.in_force(session)
            if based_on is not None and based_on != newest:
                raise _overtaken(newest)
            _refuse_same(session, newest, text, file)
            _refuse_orphans(session, newest, text, file, author)
            saved = Version(
                newest + 1, text, hash_file(file), now, author.name, why, takes_back=takes_back
            )
            versions.add(session, saved)
    except IntegrityError:  # somebody else has saved one at this moment
        raise _overtaken(newest + 1) from None
    return saved


def _overtaken(newest: int) -> ConflictError:
    return ConflictError(
        f"Version {newest} of the catalogue was saved meanwhile; nothing was saved.",
        hint="look at what it changes, and make the change in that one",
    )


def text_of(session: Session, number: int, file: bytes) -> str:
    """Return the text of a version, of 0 that of the file; NotFoundError for no version.

    file: the catalogue file as it is.
    """
    versions.check(session, number)
    found = versions.get(session, number)
    return found.text if found and found.text is not None else file.decode("utf-8", "replace")


def _refuse_same(session: Session, newest: int, text: str | None, file: bytes) -> None:
    """Refuse what changes nothing, unless the file was changed: then it is looked at by this."""
    found = versions.get(session, newest)
    base = found.file_hash if found else hash_file(file)
    was = found.text if found else None
    if text == was and base == hash_file(file):
        raise ConflictError("This is the catalogue in force already; nothing was saved.")


def _refuse_orphans(
    session: Session, newest: int, text: str | None, file: bytes, author: Author
) -> None:
    if author.even_followed:
        return
    before = parse_catalogue(text_of(session, newest, file).encode())
    after = parse_catalogue(file if text is None else text.encode())
    kept = {topic.slug for topic in after.topics}
    removed = [topic.slug for topic in before.topics if topic.slug not in kept]
    if lines := _followed(session, removed):
        raise ConflictError(
            "\n".join(lines),
            hint="keep the topic, or say that it may go although readers follow it: their "
            "choice stays, and counts for nothing until a topic has this slug again",
        )


def _followed(session: Session, slugs: Sequence[str]) -> list[str]:
    counts = {slug: followers.following(session, slug) for slug in slugs}
    return [
        f"Topic {slug!r} would go, and {counted(count, 'reader')} "
        f"{'follows' if count == 1 else 'follow'} it."
        for slug, count in counts.items()
        if count
    ]
