"""Store editions: which papers are candidates, and the frozen list of an open edition."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from digest.editions.rules import changes as rules
from digest.editions.store import changes
from digest.ground.database.tables.delivery import EditionPaperRow, EditionRow
from digest.ground.database.tables.papers import PaperRow, RevisionRow
from digest.model import Approval, Candidate, Edition, Empty, Trend
from digest.papers.store.papers import build_paper, links_of
from digest.webhooks.store import telling


class EditionKey(NamedTuple):
    """Which edition: its row id and its date."""

    id: int
    date: date


@dataclass(frozen=True, slots=True)
class OpenEdition:
    """An edition with its row id. version: raised by each change of the editors."""

    id: int
    edition: Edition
    opened_at: datetime
    empty: Empty | None = None  # why nothing in it is new
    version: int = 0


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
    approval: Approval | None = None,
) -> int:
    """Freeze an edition; `revisions` maps paper ids to the revision that is mailed.

    approval: what it waits for before it goes; None: nothing.
    """
    row = EditionRow(
        date=edition.date,
        opened_at=opened_at,
        sends_at=edition.sends_at,
        domain=edition.domain,
        empty=empty,
        catalogue_version=edition.catalogue_version,
        **_waits(approval),
    )
    session.add(row)
    session.flush()
    _freeze(session, row.id, edition, revisions)
    if empty is None:
        telling.tell_opened(session, row.id, edition.date, opened_at)
    return row.id


def reopen(
    session: Session,
    standing: Standing,
    edition: Edition,
    revisions: dict[int, int],
    now: datetime,
    approval: Approval | None = None,
) -> None:
    """Give an edition in which nothing was new the candidates of another one of its date.

    Those that it had stay, at the end: mails and links name them. It is to be approved anew.
    """
    own = EditionPaperRow.edition_id == standing.id
    pairs = select(EditionPaperRow.paper_id, EditionPaperRow.revision_id).where(own)
    before = get_frozen(session, standing.date)
    kept = before.edition.candidates if before else ()
    known = dict(session.execute(pairs).all())
    added = tuple(each for each in kept if each.paper.id not in revisions)
    session.execute(delete(EditionPaperRow).where(own))
    whole = replace(edition, candidates=edition.candidates + added)
    _freeze(session, standing.id, whole, known | revisions)
    change = update(EditionRow).where(EditionRow.id == standing.id)
    values = {"catalogue_version": edition.catalogue_version, **_waits(approval)}
    session.execute(change.values(opened_at=now, empty=None, approved_at=None, **values))
    telling.tell_opened(session, standing.id, standing.date, now)


def _waits(approval: Approval | None) -> dict[str, Any]:
    if approval is None:
        return {"approve_by": None, "approval_late": None}
    return {"approve_by": approval.by, "approval_late": approval.late}


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
    """Return the open edition of a date, as it was frozen and as the editors have changed it."""
    found = get_frozen(session, on)
    if found is None or not found.version:
        return found
    changed = rules.apply(found.edition, changes.shaping(session, found.id))
    return replace(found, edition=changed)


def get_frozen(session: Session, on: date) -> OpenEdition | None:
    """Return the open edition of a date as it was frozen, without what the editors changed."""
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
    return OpenEdition(row.id, edition, row.opened_at, row.empty, row.version)


def is_current(session: Session, known: OpenEdition) -> bool:
    """Return whether an edition was neither opened again nor changed since it was read."""
    query = select(EditionRow.opened_at, EditionRow.version).where(EditionRow.id == known.id)
    return session.execute(query).all() == [(known.opened_at, known.version)]


def date_of(session: Session, edition_id: int) -> date:
    """Return the date of an edition that exists."""
    return session.scalars(select(EditionRow.date).where(EditionRow.id == edition_id)).one()


def newest_standing(session: Session) -> Standing | None:
    """Return how the newest open edition stands."""
    return standing(session)


def standing(session: Session, on: date | None = None) -> Standing | None:
    """Return how the open edition of a date stands; of None, the newest one."""
    ours = EditionPaperRow.edition_id == EditionRow.id
    counted = select(func.count()).where(ours, changes.is_offered())
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
    if on is not None:
        query = query.where(EditionRow.date == on)
    found = session.execute(query).first()
    return Standing(*found) if found else None


def newest_with_news(session: Session) -> date | None:
    """Return the date of the newest open edition that has papers, new ones among them."""
    has_any = select(EditionPaperRow.paper_id).where(EditionPaperRow.edition_id == EditionRow.id)
    with_news = (EditionRow.empty.is_(None), has_any.exists())
    return session.scalar(select(func.max(EditionRow.date)).where(*with_news))


def newest(session: Session) -> EditionKey | None:
    """Return the newest open edition."""
    return find(session)


def find(session: Session, on: date | None = None) -> EditionKey | None:
    """Return the open edition of a date; of None, the newest one."""
    query = select(EditionRow.id, EditionRow.date).order_by(EditionRow.date.desc()).limit(1)
    if on is not None:
        query = query.where(EditionRow.date == on)
    found = session.execute(query).first()
    return EditionKey(*found) if found else None


def list_dates(session: Session) -> list[tuple[date, int]]:
    """Return the dates of the open editions, newest first, and how many papers each has.

    Editions in which nothing is new are left out.
    """
    query = (
        select(EditionRow.date, func.count())
        .join(EditionPaperRow, EditionPaperRow.edition_id == EditionRow.id)
        .where(EditionRow.empty.is_(None), changes.is_offered())
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
        .where(changes.is_offered())
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
