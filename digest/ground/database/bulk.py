"""Insert rows by the thousand: COPY on PostgreSQL, one prepared statement on SQLite.

What it takes is what the columns take from Python, and what is stored is the same.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import JSON, Column, Dialect, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Rows = Sequence[Sequence[Any]]
_STAGE = "incoming"
_ROOM_KIB = 4 * 1024


@contextmanager
def room_for_many(session: Session) -> Iterator[None]:
    """Let SQLite keep the pages that thousands of rows touch in memory, until they are committed.

    An index whose order is not that of the rows has a page for nearly each of them: those that do
    not fit are written, and read again, many times.
    """
    if not _is_sqlite(session):
        yield
        return
    connection = session.connection()
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{_ROOM_KIB}")
    try:
        yield
    finally:  # the connection goes back to the pool, also after an error
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")


def insert_rows(session: Session, table: type[Any], columns: Sequence[str], rows: Rows) -> None:
    """Insert rows, each with a value for each of the columns; of the others the server's default.

    IntegrityError when one of them is there already.
    """
    session.flush()
    into: Table = table.__table__
    values = _as_the_driver_takes(session, into, columns, rows)
    if _is_sqlite(session):
        _insert(session, into.name, columns, values)
    elif values:
        _copy(session, into.name, columns, values)


def insert_missing(
    session: Session, table: type[Any], columns: Sequence[str], rows: Rows, key: str
) -> dict[Any, int]:
    """Insert those of the rows that are not there yet; return their ids, by another column.

    The table draws its ids in rising order and uses none twice.
    """
    session.flush()
    into: Table = table.__table__
    values = _as_the_driver_takes(session, into, columns, rows)
    connection = session.connection()
    if not values:
        return {}
    if _is_sqlite(session):  # nobody else writes until this transaction ends
        newest = connection.exec_driver_sql(
            f"SELECT coalesce(max(id), 0) FROM {into.name}"  # noqa: S608 - names of ours
        ).scalar_one()
        _insert(session, into.name, columns, values, " ON CONFLICT DO NOTHING")
        found = connection.exec_driver_sql(
            f"SELECT {key}, id FROM {into.name} WHERE id > ?",  # noqa: S608
            (newest,),
        )
        return dict(found.all())
    names = ", ".join(columns)
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE {_STAGE} AS SELECT {names} FROM {into.name} WITH NO DATA"  # noqa: S608
    )
    _copy(session, _STAGE, columns, values)
    found = connection.exec_driver_sql(
        f"INSERT INTO {into.name} ({names}) SELECT {names} FROM {_STAGE} "  # noqa: S608
        f"ON CONFLICT DO NOTHING RETURNING {key}, id"
    )
    new: dict[Any, int] = dict(found.all())
    connection.exec_driver_sql(f"DROP TABLE {_STAGE}")
    return new


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _insert(
    session: Session, into: str, columns: Sequence[str], values: list[Any], otherwise: str = ""
) -> None:
    """Insert on SQLite."""
    if not values:
        return
    places = ", ".join("?" * len(columns))
    session.connection().exec_driver_sql(
        f"INSERT INTO {into} ({', '.join(columns)}) VALUES ({places}){otherwise}",  # noqa: S608
        values,
    )


def _copy(session: Session, into: str, columns: Sequence[str], values: list[Any]) -> None:
    """Send rows to PostgreSQL; what the driver raises comes as SQLAlchemy's error."""
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {into} ({', '.join(columns)}) FROM STDIN"
    known = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in values:
                copy.write_row(row)
    except known as exc:
        is_lost = driver.closed
        if is_lost:
            connection.invalidate(exc)
        raise DBAPIError.instance(
            statement, None, exc, known, connection_invalidated=is_lost, dialect=connection.dialect
        ) from exc


def _as_the_driver_takes(
    session: Session, table: Table, columns: Sequence[str], rows: Rows
) -> list[Any]:
    dialect = session.get_bind().dialect
    given = zip(columns, zip(*rows, strict=True), strict=True) if rows else ()
    return list(
        zip(*(_converted(table.c[name], values, dialect) for name, values in given), strict=True)
    )


def _converted(column: Column[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    """Convert the values of a column; an object that comes again is not converted again."""
    convert = (
        json.dumps
        if isinstance(column.type, JSON)
        else column.type.dialect_impl(dialect).bind_processor(dialect)
    )
    if convert is None:
        return values
    ids = list(map(id, values))
    made = {key: convert(value) for key, value in dict(zip(ids, values, strict=True)).items()}
    return list(map(made.__getitem__, ids))
