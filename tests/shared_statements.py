"""Statements are compiled once a process, not once a database: each test has one of its own.

SQLAlchemy keeps what it compiled by dialect, and each engine has a dialect of its own. Those of one
kind are one here, and all engines keep their statements in one place. What is kept otherwise (by
mappers, a hundred statements each) holds on to the dialects of tests that are long over.
"""

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_KEPT = 4000
_compiled: LRUCache[Any, Any] = LRUCache(_KEPT)


class OneOfItsKind:
    """Is equal to every other dialect of its class."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


class Sqlite(OneOfItsKind, SQLiteDialect_pysqlite):
    """SQLite, by the module of Python."""

    supports_statement_cache = True  # SQLAlchemy asks each class for it


class Psycopg(OneOfItsKind, PGDialect_psycopg):
    """PostgreSQL, by psycopg."""

    supports_statement_cache = True


def share() -> None:
    """Let every engine that is made from now on share its statements."""
    registry.register("sqlite", __name__, Sqlite.__name__)
    registry.register("postgresql.psycopg", __name__, Psycopg.__name__)
    event.listen(Engine, "engine_connect", _keep_together)


def _keep_together(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled)
