"""Store and read papers: one row each, revisions by the dates of their dumps, appearances, topics.

What writes takes a chunk (about a thousand papers) and costs a fixed number of statements.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Subquery, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks
from digest.ground.database.tables.paper_details import PaperTopicRow
from digest.ground.database.tables.papers import DumpRow, PaperRow, RevisionRow
from digest.model import Paper, References, Revision


@dataclass(frozen=True, slots=True)
class NewPaper:
    """The row of a paper when its first dump is loaded."""

    identity: str
    title: str
    references: References
    url: str = ""


def find(session: Session, identities: Collection[str]) -> dict[str, int]:
    """Return identity -> paper id for those that exist."""
    query = select(PaperRow.identity, PaperRow.id).where(PaperRow.identity.in_(identities))
    return {row.identity: row.id for row in session.execute(query)}


def add(session: Session, papers: Sequence[NewPaper]) -> dict[str, int]:
    """Add new papers; return identity -> id. Ids follow the order given."""
    rows = [
        {
            "identity": paper.identity,
            "title": paper.title,
            "url": paper.url,
            **_links(paper.references),
        }
        for paper in papers
    ]
    if not rows:
        return {}
    session.execute(insert(PaperRow), rows)
    return find(session, [paper.identity for paper in papers])


def references(session: Session, paper_ids: Collection[int]) -> dict[int, References]:
    """Return paper id -> the addresses stored for it."""
    query = select(PaperRow.id, PaperRow.code_urls, PaperRow.project_urls)
    return {
        paper_id: References(tuple(code), tuple(project))
        for paper_id, code, project in session.execute(query.where(PaperRow.id.in_(paper_ids)))
    }


def set_urls(session: Session, urls: Mapping[int, str], *, over: str) -> None:
    """Give papers their own page. `urls`: paper id -> address.

    A paper that has one keeps it, unless the new one begins with `over` and the old one does not.
    """
    query = select(PaperRow.id, PaperRow.url).where(PaperRow.id.in_(urls))
    rows = [
        {"id": paper_id, "url": urls[paper_id]}
        for paper_id, url in session.execute(query)
        if not url or (urls[paper_id].startswith(over) and not url.startswith(over))
    ]
    if rows:
        session.execute(update(PaperRow), rows)


def set_references(session: Session, references: Mapping[int, References]) -> None:
    """Replace the addresses of papers. `references`: paper id -> those of its newest abstract."""
    rows = [{"id": paper_id, **_links(found)} for paper_id, found in references.items()]
    if rows:
        session.execute(update(PaperRow), rows)


def set_topics(session: Session, topics: Mapping[int, Mapping[str, float]]) -> None:
    """Replace the topics of papers. `topics`: paper id -> slug -> confidence in (0, 1]."""
    session.execute(delete(PaperTopicRow).where(PaperTopicRow.paper_id.in_(topics)))
    rows = [
        {"paper_id": paper_id, "topic": topic, "confidence": confidence}
        for paper_id, found in topics.items()
        for topic, confidence in found.items()
    ]
    if rows:
        session.execute(insert(PaperTopicRow), rows)


def list_topics(session: Session) -> set[str]:
    """Return every topic that some paper has."""
    return set(session.scalars(select(PaperTopicRow.topic).distinct()))


def count(session: Session) -> int:
    """Count all papers."""
    return session.scalar(select(func.count()).select_from(PaperRow)) or 0


def newest_texts(session: Session, *, after: int, limit: int) -> dict[int, tuple[str, str]]:
    """Return paper id -> title and newest abstract of the papers that follow an id."""
    query = select(PaperRow.id, PaperRow.title).where(PaperRow.id > after).order_by(PaperRow.id)
    titles = {row.id: row.title for row in session.execute(query.limit(limit))}
    history = revisions(session, titles)
    return {
        paper_id: (title, history[paper_id][-1].abstract if paper_id in history else "")
        for paper_id, title in titles.items()
    }


def revisions(session: Session, paper_ids: Collection[int]) -> dict[int, list[Revision]]:
    """Return paper id -> its revisions by the date of their dumps, oldest first."""
    query = (
        select(RevisionRow.paper_id, DumpRow.date, RevisionRow.abstract)
        .join(DumpRow, DumpRow.id == RevisionRow.dump_id)
        .where(RevisionRow.paper_id.in_(paper_ids))
        .order_by(DumpRow.date, RevisionRow.id)
    )
    found: defaultdict[int, list[Revision]] = defaultdict(list)
    for paper_id, day, abstract in session.execute(query):
        if day is not None:  # a loaded dump has a date
            found[paper_id].append(Revision(day, abstract))
    return dict(found)


def texts_with(
    session: Session, paper_ids: Sequence[int], parts: Sequence[str]
) -> list[tuple[int, str, str]]:
    """Return (paper id, title, abstract) of every revision that has one of some parts of words.

    Looked for in title and abstract, in any case.
    """
    found: list[tuple[int, str, str]] = []
    for ids in chunks(paper_ids):
        has_one = or_(
            *(
                column.icontains(part, autoescape=True)
                for part in parts
                for column in (PaperRow.title, RevisionRow.abstract)
            )
        )
        query = (
            select(PaperRow.id, PaperRow.title, RevisionRow.abstract)
            .join(RevisionRow, RevisionRow.paper_id == PaperRow.id)
            .where(PaperRow.id.in_(ids), has_one)
        )
        found += [(row.id, row.title, row.abstract) for row in session.execute(query)]
    return found


def newest_revisions() -> Subquery:
    """Return (paper_id, revision_id, abstract), one row a paper: the newest dump's text of it.

    By the dump's date and not by the order of arrival: an old dump that comes late does not bring
    an old text back. Made to be joined.
    """
    place = func.row_number().over(
        partition_by=RevisionRow.paper_id, order_by=(DumpRow.date.desc(), RevisionRow.id.desc())
    )
    ordered = (
        select(
            RevisionRow.paper_id,
            RevisionRow.id.label("revision_id"),
            RevisionRow.abstract,
            place.label("place"),
        )
        .join(DumpRow, DumpRow.id == RevisionRow.dump_id)
        .subquery()
    )
    columns = (ordered.c.paper_id, ordered.c.revision_id, ordered.c.abstract)
    return select(*columns).where(ordered.c.place == 1).subquery("newest_revisions")


def add_revisions(session: Session, dump_id: int, abstracts: Mapping[int, str]) -> None:
    """Save abstracts as this dump has them. `abstracts`: paper id -> text."""
    rows = [
        {"paper_id": paper_id, "dump_id": dump_id, "abstract": abstract}
        for paper_id, abstract in abstracts.items()
    ]
    if rows:
        session.execute(insert(RevisionRow), rows)


def load_identities(session: Session, paper_ids: Sequence[int]) -> dict[int, str]:
    """Return the identities of papers, which order them alike on every machine."""
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
            links = links_of(row)
            paper = build_paper(row.id, row.title, abstract, links, topics[row.id], "", row.authors)
            found[row.id] = (paper, revision_id)
    return found


def build_paper(
    id_: int,
    title: str,
    abstract: str,
    links: Mapping[str, Any],
    topics: Mapping[str, float],
    summary: str = "",
    authors: tuple[str, ...] = (),
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
        authors,
    )


def links_of(paper: Paper | PaperRow) -> dict[str, Any]:
    """Return the addresses of a paper as JSON values."""
    return {
        "url": paper.url,
        "code_urls": list(paper.code_urls),
        "project_urls": list(paper.project_urls),
    }


def _links(references: References) -> dict[str, Any]:
    return {
        "code_urls": list(references.code_urls),
        "project_urls": list(references.project_urls),
    }
