"""Statements as both databases take them: inserts that skip what exists, long lists in chunks."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

CHUNK = 500  # values in one IN (...); SQLite takes 32,766 variables at most

Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """Yield the items in their order, at most so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def insert_new(session: Session, table: type[Any]) -> Any:
    """Return an INSERT that skips existing rows (ON CONFLICT DO NOTHING)."""
    return insert_for(session)(table).on_conflict_do_nothing()


def insert_for(session: Session) -> Any:
    """Return the `insert` of the database's dialect, which knows ON CONFLICT."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # 2 MB that SQLite does without

        return postgresql.insert
    return sqlite.insert
