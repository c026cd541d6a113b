"""What a commit a request costs without us: a bare Starlette that writes one row and commits it.

    python -m benchmarks.committing DATABASE_URL

SQLite or PostgreSQL, each as we use it: a connection a thread, SQLite with a write-ahead log and
`synchronous=FULL`. The answer comes when the row is on disk. Prints its port.
"""

import sqlite3
import sys
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from benchmarks.hello import listening, quiet

_TABLE = "CREATE TABLE IF NOT EXISTS presses (id INTEGER PRIMARY KEY, path TEXT)"
_POSTGRES_TABLE = "CREATE TABLE IF NOT EXISTS presses (id SERIAL PRIMARY KEY, path TEXT)"


def main() -> None:
    """Serve until the process is told to end."""
    press = _sqlite(sys.argv[1]) if sys.argv[1].startswith("sqlite") else _postgres(sys.argv[1])

    def answer(request: Request) -> PlainTextResponse:
        press(request.url.path)
        return PlainTextResponse("done\n")

    pages = Starlette(routes=[Route("/{rest:path}", answer, methods=["GET", "POST"])])
    listener = listening()
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(quiet(pages)).run(sockets=[listener])


def _sqlite(url: str) -> Callable[[str], object]:
    mine, turn = threading.local(), threading.Lock()

    def connection() -> sqlite3.Connection:
        if not hasattr(mine, "connection"):
            mine.connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60)
            mine.connection.isolation_level = None
            mine.connection.execute("PRAGMA journal_mode = WAL")
            mine.connection.execute("PRAGMA synchronous = FULL")
        return mine.connection  # type: ignore[no-any-return]

    def press(path: str) -> None:
        with turn:  # as `digest.ground.database.engine`: SQLite's own way is to sleep
            found = connection()
            found.execute("BEGIN IMMEDIATE")
            found.execute("INSERT INTO presses (path) VALUES (?)", (path,))
            found.execute("COMMIT")

    with turn:
        connection().execute(_TABLE)
    return press


def _postgres(url: str) -> Callable[[str], object]:
    mine = threading.local()

    def press(path: str) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(url)
        found: Any = mine.connection
        found.execute("INSERT INTO presses (path) VALUES (%s)", (path,))
        found.commit()

    with psycopg.connect(url) as made:
        made.execute(_POSTGRES_TABLE)
    return press


if __name__ == "__main__":
    main()
