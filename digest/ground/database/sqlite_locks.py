"""Begin a transaction of SQLite that writes: wait for others so that it goes on soon after them."""

import sqlite3
from time import monotonic, sleep
from typing import Any

from sqlalchemy.engine import Connection

_LOOK_SECONDS = 0.002  # between two looks whether the lock is free
_LOCKED = "locked"  # in what SQLite says when another process writes


def begin_writing(connection: Connection, lock_seconds: float) -> None:
    """Take the lock at once (BEGIN IMMEDIATE), waiting for other processes so many seconds.

    SQLite itself sleeps longer each time, up to 0.1 s, and whoever wrote last writes next.
    """
    driver: Any = connection.connection.driver_connection
    until = monotonic() + lock_seconds
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while not _has_begun(driver) and monotonic() < until:
            sleep(_LOOK_SECONDS)
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # it says what is wrong
    finally:
        driver.execute(f"PRAGMA busy_timeout = {lock_seconds * 1000:.0f}")


def _has_begun(driver: Any) -> bool:
    """Try to begin; False while others write. What else is wrong shows when it is tried again."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as exc:
        return _LOCKED not in str(exc)
    return True
