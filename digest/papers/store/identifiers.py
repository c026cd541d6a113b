"""Store the identifiers of papers: every name of a paper but its first title."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.paper_details import PaperIdentifierRow


def find(session: Session, keys: Collection[str]) -> dict[str, int]:
    """Return key -> paper id for those keys that exist."""
    table = PaperIdentifierRow
    query = select(table.identifier, table.paper_id).where(table.identifier.in_(keys))
    return {row.identifier: row.paper_id for row in session.execute(query)}


def for_papers(session: Session, paper_ids: Collection[int]) -> dict[int, list[str]]:
    """Return paper id -> its identifiers, for those papers that have any."""
    row = PaperIdentifierRow
    query = select(row.paper_id, row.identifier).where(row.paper_id.in_(paper_ids))
    found: defaultdict[int, list[str]] = defaultdict(list)
    for paper_id, identifier in session.execute(query):
        found[paper_id].append(identifier)
    return dict(found)


def add(session: Session, papers: Mapping[str, int]) -> None:
    """Save identifiers. `papers`: key -> paper id; an existing key keeps its paper."""
    rows = [{"identifier": key, "paper_id": paper_id} for key, paper_id in papers.items()]
    if rows:
        session.execute(insert_new(session, PaperIdentifierRow), rows)
