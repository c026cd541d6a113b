"""Read the papers that were listed lately, which a change of the catalogue is about."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks
from digest.ground.database.tables.paper_details import AppearanceRow, PaperTopicRow
from digest.ground.database.tables.papers import DumpRow, PaperRow, RevisionRow
from digest.papers.store import papers

Text = tuple[str, str]  # title, newest abstract


def count(session: Session, since: date, *, up_to: int | None = None) -> int:
    """Count the papers that were listed since a date. up_to: only those with such an id or less."""
    query = select(func.count(func.distinct(AppearanceRow.paper_id))).where(_recently(since))
    if up_to is not None:
        query = query.where(AppearanceRow.paper_id <= up_to)
    return session.scalar(query) or 0


def ids(session: Session, since: date, *, after: int = 0, limit: int) -> list[int]:
    """Return the ids of papers that were listed since a date, in their order, beyond an id."""
    query = _listed(since).where(AppearanceRow.paper_id > after)
    return list(session.scalars(query.order_by(AppearanceRow.paper_id).limit(limit)))


def newest_ids(session: Session, since: date, *, limit: int) -> list[int]:
    """Return the ids of the papers with the highest ids among those listed since a date."""
    query = _listed(since).order_by(AppearanceRow.paper_id.desc()).limit(limit)
    return sorted(session.scalars(query))


def texts(session: Session, paper_ids: Sequence[int]) -> dict[int, Text]:
    """Return paper id -> title and newest abstract."""
    found: dict[int, Text] = {}
    for some in chunks(paper_ids):
        query = select(PaperRow.id, PaperRow.title).where(PaperRow.id.in_(some))
        titles = {row.id: row.title for row in session.execute(query)}
        history = papers.revisions(session, titles)
        for paper_id, title in titles.items():
            found[paper_id] = (title, history[paper_id][-1].abstract if paper_id in history else "")
    return found


def stamp(session: Session) -> tuple[int, int]:
    """Return two numbers, one of which is another one after papers or their texts have come."""
    dumps = session.scalar(select(func.max(DumpRow.id))) or 0
    return dumps, session.scalar(select(func.max(RevisionRow.id))) or 0


def count_by_topic(session: Session, since: date) -> dict[str, int]:
    """Count the papers of each topic that were listed since a date."""
    query = (
        select(PaperTopicRow.topic, func.count())
        .where(PaperTopicRow.paper_id.in_(_listed(since)))
        .group_by(PaperTopicRow.topic)
    )
    return dict(session.execute(query).all())


def count_topicless(session: Session, since: date) -> int:
    """Count the papers that were listed since a date and have no topic."""
    query = select(func.count()).select_from(_topicless(since).subquery())
    return session.scalar(query) or 0


def topicless(session: Session, since: date, *, limit: int, offset: int) -> list[int]:
    """Return the ids of papers that were listed since a date and have no topic, newest first."""
    query = _topicless(since).order_by(AppearanceRow.paper_id.desc())
    return list(session.scalars(query.limit(limit).offset(offset)))


def _listed(since: date) -> Select[int]:
    return select(AppearanceRow.paper_id).where(_recently(since)).distinct()


def _recently(since: date) -> ColumnElement[bool]:
    """Return the condition by which appearances are found by their key, and not all read."""
    return AppearanceRow.dump_id.in_(select(DumpRow.id).where(DumpRow.date >= since))


def _topicless(since: date) -> Select[int]:
    has_one = exists().where(PaperTopicRow.paper_id == AppearanceRow.paper_id)
    return _listed(since).where(~has_one)
