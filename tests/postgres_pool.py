"""Databases of a throwaway PostgreSQL that go from test to test.

Making a database and dropping it again takes twenty times as long as emptying one, and thousands of
tests want one.
"""

import gc
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql

# What is longer than this is truncated: a test of many rows leaves no dead ones to later tests.
_LONG = 256 * 1024

_SHAPE = """
SELECT md5(string_agg(it, ' ' ORDER BY it)) FROM (
  SELECT concat_ws(' ', nspname, relname, relkind, reltuples, reloptions, attname, atttypid,
                   attnotnull, attisdropped) AS it
  FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
  LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
  WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint
  UNION ALL SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT setconfig::text FROM pg_db_role_setting
            JOIN pg_database d ON d.oid = setdatabase WHERE datname = current_database()
) every
"""
_TABLES = """
SELECT relname, pg_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
_SEQUENCES = """
SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL FROM pg_sequences
"""
_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Template:
    """What a database is like before a test: its shape, and the few rows that it has."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.shape = _shape(connection)
        self.sequences = [
            sql.SQL("SELECT setval({}, {}, {})").format(*map(sql.Literal, sequence))
            for sequence in connection.execute(_SEQUENCES)
        ]
        self.rows = {name: _read(connection, name) for name, _ in connection.execute(_TABLES)}

    def restore(self, connection: Connection[Any]) -> None:
        """Give a database of this shape these rows again, and no others."""
        sizes = dict(connection.execute(_TABLES).fetchall())
        long = [sql.Identifier(name) for name, size in sizes.items() if size > _LONG]
        steps = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in sizes]
        if long:
            steps.insert(0, sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(long)))
        # Nothing is checked and no trigger runs: what is put back was right before.
        connection.execute("SET session_replication_role = replica")
        connection.execute(sql.SQL("; ").join(steps + self.sequences))  # one round trip
        for name, data in self.rows.items():
            if data:
                with connection.cursor().copy(_copying(name, "FROM STDIN")) as copy:
                    copy.write(data)
        connection.commit()


class PostgresPool:
    """The databases of one server; each is copied from one of its templates, by name."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._numbers = count()
        self._templates: dict[str, Template] = {}
        self._idle: dict[str, list[str]] = defaultdict(list)

    def url(self, name: str) -> str:
        """Return the address of a database."""
        scheme, _, rest = self.address.partition("://")
        place, _, query = rest.partition("?")
        login = place.rpartition("/")[0]
        return f"{scheme}://{login}/{name}" + (f"?{query}" if query else "")

    def execute(self, *statements: str) -> None:
        """Run statements, each in a transaction of its own."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]

    def make(self, name: str, template: str = "template0") -> str:
        """Make a database; return its address."""
        # Copied as files: through the log, as is usual, it takes twice as long.
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self.url(name)

    @contextmanager
    def lent(self, template: str) -> Iterator[str]:
        """Lend a database that is like a template, by its address."""
        if template not in self._templates:
            with psycopg.connect(self.url(template)) as connection:
                self._templates[template] = Template(connection)
        idle = self._idle[template]
        name = idle.pop() if idle else self._copy(template)
        yield self.url(name)
        if self._restored(name, self._templates[template]):
            idle.append(name)
        else:
            self.drop(name)

    @contextmanager
    def new(self) -> Iterator[str]:
        """Lend a database without a table, which is dropped afterwards."""
        name = self._copy("template0")
        yield self.url(name)
        self.drop(name)

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _copy(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        self.make(name, template)
        return name

    def _restored(self, name: str, template: Template) -> bool:
        """Restore a database; False when a test changed more than rows."""
        with psycopg.connect(self.url(name)) as connection:
            if connection.execute(_OTHERS).fetchall():
                _close_others(connection)
            if _shape(connection) != template.shape:
                return False
            template.restore(connection)
        return True


def _close_others(mine: Connection[Any]) -> None:
    """Close what threads of this process still have open of the database of a connection.

    One that ends after its service was closed gives its connection back to nobody.
    """
    for one in gc.get_objects():
        if not isinstance(one, Connection) or one is mine or one.closed:
            continue
        if one.info.dbname == mine.info.dbname:
            one.close()


def _shape(connection: Connection[Any]) -> str:
    row = connection.execute(_SHAPE).fetchone()
    assert row is not None
    return str(row[0])


def _read(connection: Connection[Any], table: str) -> bytes:
    with connection.cursor().copy(_copying(table, "TO STDOUT")) as copy:
        return b"".join(bytes(part) for part in copy)


def _copying(table: str, whither: LiteralString) -> sql.Composed:
    return sql.SQL("COPY {} " + whither).format(sql.Identifier(table))
