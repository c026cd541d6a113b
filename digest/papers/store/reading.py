"""Read papers as they are now: each with its newest abstract, its topics and its links."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.ground.database.tables import PaperRow, PaperTopicRow
from digest.model import Paper
from digest.papers.store.papers import newest_revisions

_CHUNK = 500  # ids in one IN (...); SQLite takes 32,766 variables at most


def load_identities(session: Session, paper_ids: Sequence[int]) -> dict[int, str]:
    """Return the papers' identities: what orders them alike on every machine."""
    found: dict[int, str] = {}
    for ids in chunks(paper_ids):
        query = select(PaperRow.id, PaperRow.identity).where(PaperRow.id.in_(ids))
        found.update(session.execute(query).all())
    return found


def load_papers(session: Session, paper_ids: Sequence[int]) -> dict[int, tuple[Paper, int]]:
    """Return each paper with its newest abstract and that revision's id."""
    topics: dict[int, dict[str, float]] = defaultdict(dict)
    found: dict[int, tuple[Paper, int]] = {}
    for ids in chunks(paper_ids):
        labels = (
            select(PaperTopicRow.paper_id, PaperTopicRow.topic, PaperTopicRow.confidence)
            .where(PaperTopicRow.paper_id.in_(ids))
            .order_by(PaperTopicRow.confidence.desc(), PaperTopicRow.topic)
        )
        for paper_id, topic, confidence in session.execute(labels):
            topics[paper_id][topic] = confidence
        newest = newest_revisions()
        texts = (
            select(PaperRow, newest.c.abstract, newest.c.revision_id)
            .join(newest, newest.c.paper_id == PaperRow.id)
            .where(newest.c.paper_id.in_(ids))
        )
        for row, abstract, revision_id in session.execute(texts):
            paper = build_paper(row.id, row.title, abstract, links_of(row), topics[row.id])
            found[row.id] = (paper, revision_id)
    return found


def build_paper(
    id_: int,
    title: str,
    abstract: str,
    links: Mapping[str, Any],
    topics: Mapping[str, float],
    summary: str = "",
) -> Paper:
    """Build a paper from a row's values; links: like `links_of`."""
    return Paper(
        id_,
        title,
        abstract,
        links["url"],
        tuple(links["code_urls"]),
        tuple(links["project_urls"]),
        topics,
        summary,
    )


def links_of(paper: Paper | PaperRow) -> dict[str, Any]:
    """Return the addresses of a paper as JSON values."""
    return {
        "url": paper.url,
        "code_urls": list(paper.code_urls),
        "project_urls": list(paper.project_urls),
    }


def chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    """Cut ids into runs that one statement can take."""
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]
