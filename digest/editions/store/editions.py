"""Store editions: which papers are candidates, and the frozen list of an open edition."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks
from digest.ground.database.tables import (
    EditionPaperRow,
    EditionRow,
    PaperRow,
    RevisionRow,
)
from digest.model import Candidate, Edition, Empty, Trend
from digest.papers.store.papers import build_paper, links_of


class EditionKey(NamedTuple):
    """Which edition: its row id and its date."""

    id: int
    date: date


@dataclass(frozen=True, slots=True)
class OpenEdition:
    """An edition with its row id."""

    id: int
    edition: Edition
    opened_at: datetime
    empty: Empty | None = None  # why nothing in it is new


@dataclass(frozen=True, slots=True)
class Standing:
    """How an edition stands. papers: how many candidates it has."""

    id: int
    date: date
    opened_at: datetime
    empty: Empty | None
    cancelled: bool
    papers: int


def add(
    session: Session,
    edition: Edition,
    revisions: dict[int, int],
    *,
    opened_at: datetime,
    empty: Empty | None = None,
) -> int:
    """Freeze an edition; `revisions` maps paper ids to the revision that is mailed."""
    row = EditionRow(
        date=edition.date,
        opened_at=opened_at,
        sends_at=edition.sends_at,
        domain=edition.domain,
        empty=empty,
        catalogue_version=edition.catalogue_version,
    )
    session.add(row)
    session.flush()
    _freeze(session, row.id, edition, revisions)
    return row.id


def reopen(
    session: Session, standing: Standing, edition: Edition, revisions: dict[int, int], now: datetime
) -> None:
    """Give an edition in which nothing was new the candidates of another one of its date.

    Those that it had stay, at the end: mails and links name them.
    """
    own = EditionPaperRow.edition_id == standing.id
    pairs = select(EditionPaperRow.paper_id, EditionPaperRow.revision_id).where(own)
    before = get(session, standing.date)
    kept = before.edition.candidates if before else ()
    known = dict(session.execute(pairs).all())
    added = tuple(each for each in kept if each.paper.id not in revisions)
    session.execute(delete(EditionPaperRow).where(own))
    whole = replace(edition, candidates=edition.candidates + added)
    _freeze(session, standing.id, whole, known | revisions)
    change = update(EditionRow).where(EditionRow.id == standing.id)
    version = edition.catalogue_version
    session.execute(change.values(opened_at=now, empty=None, catalogue_version=version))


def _freeze(
    session: Session, edition_id: int, edition: Edition, revisions: Mapping[int, int]
) -> None:
    frozen = [
        {
            "edition_id": edition_id,
            "position": position,
            "paper_id": candidate.paper.id,
            "revision_id": revisions[candidate.paper.id],
            "links": links_of(candidate.paper),
            "trend": asdict(candidate.trend),
            "topics": dict(candidate.paper.topics),
            "summary": candidate.paper.summary or None,
            "authors": candidate.paper.authors,
        }
        for position, candidate in enumerate(edition.candidates)
    ]
    if frozen:
        session.execute(insert(EditionPaperRow), frozen)


def lock(session: Session) -> None:
    """Let no other transaction open an edition until this one ends; others wait.

    On SQLite the write lock that every writing transaction holds does that.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE editions IN SHARE ROW EXCLUSIVE MODE"))


def get(session: Session, on: date) -> OpenEdition | None:
    """Return the open edition of a date, as it was frozen."""
    row = session.scalar(select(EditionRow).where(EditionRow.date == on))
    if row is None:
        return None
    query = (
        select(EditionPaperRow, PaperRow.title, RevisionRow.abstract)
        .join(PaperRow, EditionPaperRow.paper_id == PaperRow.id)
        .join(RevisionRow, EditionPaperRow.revision_id == RevisionRow.id)
        .where(EditionPaperRow.edition_id == row.id)
        .order_by(EditionPaperRow.position)
    )
    candidates = tuple(
        Candidate(
            build_paper(
                frozen.paper_id,
                title,
                abstract,
                frozen.links,
                frozen.topics,
                frozen.summary or "",
                frozen.authors,
            ),
            Trend(**frozen.trend),
        )
        for frozen, title, abstract in session.execute(query)
    )
    edition = Edition(row.date, row.sends_at, row.domain, candidates, row.catalogue_version)
    return OpenEdition(row.id, edition, row.opened_at, row.empty)


def opened_at(session: Session, edition_id: int) -> datetime | None:
    """Return when an edition was opened, or opened again."""
    return session.scalar(select(EditionRow.opened_at).where(EditionRow.id == edition_id))


def date_of(session: Session, edition_id: int) -> date:
    """Return the date of an edition that exists."""
    return session.scalars(select(EditionRow.date).where(EditionRow.id == edition_id)).one()


def set_blocked(session: Session, edition_id: int, reason: str | None, now: datetime) -> None:
    """Block an edition for a reason, from now unless it is blocked already; None unblocks it."""
    since = None if reason is None else func.coalesce(EditionRow.blocked_at, now)
    change = {"blocked_reason": reason, "blocked_at": since}
    session.execute(update(EditionRow).where(EditionRow.id == edition_id).values(change))


def find_blocked(session: Session, edition_id: int) -> tuple[datetime, str] | None:
    """Return since when and why an edition is blocked; None if it is not."""
    query = select(EditionRow.blocked_at, EditionRow.blocked_reason).where(
        EditionRow.id == edition_id
    )
    row = session.execute(query).one_or_none()
    if row is None or row.blocked_at is None:
        return None
    return row.blocked_at, row.blocked_reason or ""


def newest_standing(session: Session) -> Standing | None:
    """Return how the newest open edition stands."""
    counted = select(func.count()).where(EditionPaperRow.edition_id == EditionRow.id)
    query = (
        select(
            EditionRow.id,
            EditionRow.date,
            EditionRow.opened_at,
            EditionRow.empty,
            EditionRow.cancelled_at.is_not(None),
            counted.scalar_subquery(),
        )
        .order_by(EditionRow.date.desc())
        .limit(1)
    )
    found = session.execute(query).first()
    return Standing(*found) if found else None


def newest_with_news(session: Session) -> date | None:
    """Return the date of the newest open edition that has papers, new ones among them."""
    has_any = select(EditionPaperRow.paper_id).where(EditionPaperRow.edition_id == EditionRow.id)
    query = select(func.max(EditionRow.date)).where(EditionRow.empty.is_(None), has_any.exists())
    return session.scalar(query)


def newest(session: Session) -> EditionKey | None:
    """Return the newest open edition."""
    return find(session, None)


def find(session: Session, on: date | None) -> EditionKey | None:
    """Return the open edition of a date; of None, the newest one."""
    query = select(EditionRow.id, EditionRow.date).order_by(EditionRow.date.desc()).limit(1)
    if on is not None:
        query = query.where(EditionRow.date == on)
    found = session.execute(query).first()
    return EditionKey(*found) if found else None


def offered_before(session: Session, paper_ids: Sequence[int]) -> set[int]:
    """Return those papers that an edition has offered already."""
    found: set[int] = set()
    for ids in chunks(paper_ids):
        query = select(EditionPaperRow.paper_id).where(EditionPaperRow.paper_id.in_(ids))
        found.update(session.scalars(query.distinct()))
    return found


def list_dates(session: Session) -> list[tuple[date, int]]:
    """Return the dates of the open editions, newest first, and how many papers each has.

    Editions in which nothing is new are left out.
    """
    query = (
        select(EditionRow.date, func.count())
        .join(EditionPaperRow, EditionPaperRow.edition_id == EditionRow.id)
        .where(EditionRow.empty.is_(None))
        .group_by(EditionRow.date)
        .order_by(EditionRow.date.desc())
    )
    return [(day, count) for day, count in session.execute(query)]


def dates_with(session: Session, paper_id: int) -> list[date]:
    """Return the dates of the open editions that offer a paper, oldest first."""
    query = (
        select(EditionRow.date)
        .join(EditionPaperRow, EditionPaperRow.edition_id == EditionRow.id)
        .where(EditionPaperRow.paper_id == paper_id, EditionRow.empty.is_(None))
        .order_by(EditionRow.date)
    )
    return list(session.scalars(query))


def list_since(session: Session, first: date) -> list[tuple[EditionKey, int]]:
    """Return the open editions from a date on, newest first, and how many papers each has.

    Those in which nothing is new are among them.
    """
    query = (
        select(EditionRow.id, EditionRow.date, func.count(EditionPaperRow.paper_id))
        .outerjoin(EditionPaperRow, EditionPaperRow.edition_id == EditionRow.id)
        .where(EditionRow.date >= first)
        .group_by(EditionRow.id, EditionRow.date)
        .order_by(EditionRow.date.desc())
    )
    return [(EditionKey(id_, day), count) for id_, day, count in session.execute(query)]


def last_opened(session: Session) -> int:
    """Return the id of the edition that was opened last; 0 before the first."""
    return session.scalar(select(func.max(EditionRow.id))) or 0


def ids_with_any(session: Session, paper_ids: Sequence[int]) -> list[int]:
    """Return the ids of the editions that have any of these papers as a candidate.

    Only their deliveries can hold one of these papers, so only they are read for what a reader
    has been sent before.
    """
    found: set[int] = set()
    for ids in chunks(paper_ids):
        query = select(EditionPaperRow.edition_id).where(EditionPaperRow.paper_id.in_(ids))
        found.update(session.scalars(query.distinct()))
    return sorted(found)
