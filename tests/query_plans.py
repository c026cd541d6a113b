"""See that no query of a use case reads a whole table of those that grow with the readers.

    with no_scans(database):
        client.get("/admin/readers")

The queries are collected as they run, from every thread, and explained afterwards. On PostgreSQL
sequential scans are made expensive before that, so that few rows do not hide a missing index.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from digest.ground.database.engine import Database

GROWING = ("deliveries", "subscribers", "events", "votes")
# To count 200,000 readers by state takes 5 to 20 ms from an index that holds little else.
COUNTED_FROM = re.compile(r"ix_subscribers_\w*state\w*")
_SCAN = re.compile(r"^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")


@contextmanager
def no_scans(database: Database, tables: tuple[str, ...] = GROWING) -> Iterator[None]:
    """Fail when a query that runs inside reads one of the tables as a whole."""
    seen: dict[str, Any] = {}

    def note(_connection, _cursor, statement, parameters, _context, executemany):
        if not executemany and statement.split(None, 1)[0] in ("SELECT", "WITH", "UPDATE"):
            seen.setdefault(statement, parameters)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert seen, "nothing was asked of the database"
    wrong = scans(database, seen, tables)
    assert not wrong, "\n\n".join(wrong)


def scans(database: Database, seen: dict[str, Any], tables: tuple[str, ...]) -> list[str]:
    """Return the queries that read one of the tables as a whole, each with what says so."""
    explained = _sqlite_scans if database.is_sqlite else _postgres_scans
    return [
        f"{found}:\n{statement}"
        for statement, parameters in seen.items()
        for found in explained(database, statement, parameters, tables)
    ]


def _sqlite_scans(
    database: Database, statement: str, parameters: Any, tables: tuple[str, ...]
) -> Iterator[str]:
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    for row in plan:
        found = _SCAN.match(row[-1])
        if found is None or COUNTED_FROM.fullmatch(found[2] or ""):
            continue
        if _table_of(found[1], statement) in tables and not _is_bounded(statement):
            yield row[-1]


def _is_bounded(statement: str) -> bool:
    """Whether a query takes some first rows, whichever they are."""
    return " LIMIT " in statement.replace("\n", " ") and "WHERE" not in statement


def _table_of(name: str, statement: str) -> str:
    """Return the table that a query gave another name."""
    found = re.search(rf"\b(\w+) AS {name}\b", statement)
    return found[1] if found else name


def _postgres_scans(
    database: Database, statement: str, parameters: Any, tables: tuple[str, ...]
) -> Iterator[str]:
    with database.engine.connect() as connection:
        for way in ("seqscan", "mergejoin", "hashjoin"):  # which few rows make cheap
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        explain = f"EXPLAIN (FORMAT JSON) {statement}"
        (found,) = connection.exec_driver_sql(explain, parameters).one()
    plan = json.loads(found) if isinstance(found, str) else found
    yield from _walk(plan[0]["Plan"], tables, limited=False)


def _walk(node: dict[str, Any], tables: tuple[str, ...], *, limited: bool) -> Iterator[str]:
    limited = limited or node["Node Type"] == "Limit"
    if node.get("Relation Name") in tables and node["Node Type"] in (
        "Seq Scan",
        "Index Scan",
        "Index Only Scan",
    ):
        whole = "Index Cond" not in node and not (limited and "Filter" not in node)
        index = node["Index Name"] if node["Node Type"] == "Index Only Scan" else ""
        if whole and not COUNTED_FROM.fullmatch(index):
            yield f"{node['Node Type']} of {node['Relation Name']} {node.get('Filter', '')}"
    if node["Node Type"] == "Bitmap Heap Scan" and node["Relation Name"] in tables:
        (first, *_) = node["Plans"]
        if first["Node Type"] == "Bitmap Index Scan" and "Index Cond" not in first:
            yield f"Bitmap Heap Scan of {node['Relation Name']} by all of {first['Index Name']}"
    for below in node.get("Plans", ()):
        yield from _walk(below, tables, limited=limited)
