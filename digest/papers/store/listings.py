"""List and count papers for operators and pages; sending does not use these."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks
from digest.ground.database.tables.paper_details import AppearanceRow, PaperTopicRow
from digest.ground.database.tables.papers import DumpRow, PaperRow
from digest.ground.database.tables.readers import SubscriberRow
from digest.model import Paper, SubscriberState
from digest.papers.store import papers


def list_papers(
    session: Session, *, topics: Sequence[str] = (), search: str | None, limit: int
) -> list[dict[str, Any]]:
    """List at most `limit` papers by newest dump, then by rank in it.

    topics: only papers of one of these slugs. search: only papers whose title or authors have
    this in them, whatever the case.
    """
    query = _by_date_and_rank(topics, [search] if search is not None else [])
    rows = session.execute(query.limit(limit)).all()
    texts = papers.load_papers(session, [row[0] for row in rows])
    return [
        {
            "id": paper_id,
            "title": texts[paper_id][0].title,
            "authors": list(texts[paper_id][0].authors),
            "topics": list(texts[paper_id][0].topics),
            "newest": day.isoformat() if day else None,
            "dumps": dumps,
            "best_rank": rank,
            "code_urls": list(texts[paper_id][0].code_urls),
            "project_urls": list(texts[paper_id][0].project_urls),
            "abstract": texts[paper_id][0].abstract,
        }
        for paper_id, day, dumps, rank in rows
    ]


def find_title(session: Session, paper_id: int) -> str | None:
    """Return the title of one paper; None when there is no such paper."""
    return session.scalar(select(PaperRow.title).where(PaperRow.id == paper_id))


def titles(session: Session, paper_ids: Collection[int] | None = None) -> dict[int, str]:
    """Return the titles of these papers, or of every paper that there is, by id."""
    query = select(PaperRow.id, PaperRow.title)
    if paper_ids is None:
        return dict(session.execute(query).all())
    found: dict[int, str] = {}
    for ids in chunks(sorted(paper_ids)):
        found.update(session.execute(query.where(PaperRow.id.in_(ids))).all())
    return found


def find_titles(session: Session, part: str, *, limit: int) -> dict[int, str]:
    """Return id -> title of at most `limit` papers with `part` in the title, whatever the case."""
    query = (
        select(PaperRow.id, PaperRow.title)
        .where(PaperRow.title.icontains(part, autoescape=True))
        .order_by(PaperRow.id)
        .limit(limit)
    )
    return {row.id: row.title for row in session.execute(query)}


def list_page(
    session: Session,
    *,
    topics: Sequence[str] = (),
    words: Sequence[str] = (),
    limit: int,
    offset: int,
) -> list[tuple[Paper, date | None]]:
    """Return papers, ordered like `papers`, each with the date of the newest dump that has it.

    words: only papers with each of these in the title or an author's name, whatever the case.
    """
    query = _by_date_and_rank(topics, words).limit(limit).offset(offset)
    rows = session.execute(query).all()
    texts = papers.load_papers(session, [row[0] for row in rows])
    return [(texts[paper_id][0], day) for paper_id, day, _, _ in rows]


def _by_date_and_rank(
    topics: Sequence[str], words: Sequence[str]
) -> Select[int, date | None, int, int]:
    """Select id, newest date, number of dumps and best rank of papers."""
    newest, best = func.max(DumpRow.date), func.min(AppearanceRow.rank)
    query = (
        select(PaperRow.id, newest, func.count(), best)
        .join(AppearanceRow, AppearanceRow.paper_id == PaperRow.id)
        .join(DumpRow, AppearanceRow.dump_id == DumpRow.id)
        .group_by(PaperRow.id)
        .order_by(newest.desc(), best, PaperRow.id)
    )
    if topics:
        of_these = select(PaperTopicRow.paper_id).where(PaperTopicRow.topic.in_(topics))
        query = query.where(PaperRow.id.in_(of_these))
    for word in words:
        query = query.where(
            PaperRow.title.icontains(word, autoescape=True)
            | PaperRow.authors.icontains(word, autoescape=True)
        )
    return query


def count_papers_by_topic(session: Session) -> dict[str, int]:
    """Count the papers of each topic."""
    query = select(PaperTopicRow.topic, func.count()).group_by(PaperTopicRow.topic)
    return dict(session.execute(query).all())


def count_readers_by_topic(session: Session) -> Counter[str]:
    """Count the active readers of each topic; topics that cannot be read follow nothing."""
    wanted = cast(SubscriberRow.topics, Text)  # many want the same
    query = (
        select(wanted, func.count())
        .where(SubscriberRow.state == SubscriberState.ACTIVE)
        .group_by(wanted)
    )
    counts: Counter[str] = Counter()
    for stored, readers in session.execute(query.execution_options(yield_per=1000)):
        for slug in _topics(stored):
            counts[slug] += readers
    return counts


def _topics(stored: str) -> list[str]:
    try:
        found = json.loads(stored)
    except (ValueError, TypeError, RecursionError):
        return []
    return list(found) if isinstance(found, dict) else []


def count_papers(session: Session) -> int:
    """Count all papers."""
    return session.scalar(select(func.count()).select_from(PaperRow)) or 0


def count_dumps(session: Session) -> dict[str, int]:
    """Count the dumps by status."""
    query = select(DumpRow.status, func.count()).group_by(DumpRow.status)
    return {status.value: count for status, count in session.execute(query)}
