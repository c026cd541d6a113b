"""Identifiers of papers: by what else than its first title each of them is known."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.ground.database.engine import insert_new
from digest.ground.database.tables import PaperIdentifierRow


def find(session: Session, keys: Collection[str]) -> dict[str, int]:
    """Return key -> paper id of those that are stored."""
    table = PaperIdentifierRow
    query = select(table.identifier, table.paper_id).where(table.identifier.in_(keys))
    return {row.identifier: row.paper_id for row in session.execute(query)}


def for_papers(session: Session, paper_ids: Collection[int]) -> dict[int, list[str]]:
    """Return paper id -> what it is known by, of those that have something."""
    row = PaperIdentifierRow
    query = select(row.paper_id, row.identifier).where(row.paper_id.in_(paper_ids))
    found: defaultdict[int, list[str]] = defaultdict(list)
    for paper_id, identifier in session.execute(query):
        found[paper_id].append(identifier)
    return dict(found)


def add(session: Session, papers: Mapping[str, int]) -> None:
    """Keep by what papers are known. `papers`: key -> paper id; a key that is taken stays so."""
    rows = [{"identifier": key, "paper_id": paper_id} for key, paper_id in papers.items()]
    if rows:
        session.execute(insert_new(session, PaperIdentifierRow), rows)
