"""Statements as both databases take them: inserts that skip what exists, long lists in chunks."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ARRAY, Integer, String, any_, bindparam, func, select
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


def among(session: Session, column: Any, values: Collection[str]) -> Any:
    """Return the condition that a column has one of these texts, however many there are.

    They go as one parameter, so the statement stays the same, and no limit of SQLite is met.
    """
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(bindparam(None, list(values), ARRAY(String)))
    listed = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(listed.c.value))


def each_of(session: Session, numbers: Collection[int]) -> Any:
    """Return a column to select from that has these numbers, in this order, as one parameter."""
    if session.get_bind().dialect.name == "postgresql":
        return func.unnest(bindparam(None, list(numbers), ARRAY(Integer))).column_valued("number")
    return func.json_each(json.dumps(list(numbers))).table_valued("value").c.value
