"""What everything stands on: the settings, the clock, the database, the record of runs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from digest.errors import SettingsError
from digest.ground import shipped
from digest.ground.database import schema
from digest.ground.database.engine import Database
from digest.runs import runs
from digest.runs.runs import RunNote
from digest.settings import Settings


@dataclass(frozen=True)
class StoppedClock:
    """A clock that always tells the same time; it can be handed to another process."""

    now: datetime

    def __call__(self) -> datetime:
        """Tell it."""
        return self.now


def system_clock() -> datetime:
    """Tell the real time."""
    return datetime.now(UTC)


class Ground:
    """The service as far as it needs neither papers nor mail.

    clock: tells the time; left out, the real one. read_only: the database refuses every change.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = system_clock,
        read_only: bool = False,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self._read_only = read_only

    @cached_property
    def database(self) -> Database:
        """The database, of the schema that this code needs; SettingsError when it is not."""
        database = Database(
            self.settings.database_url.get_secret_value(), read_only=self._read_only
        )
        if (found := schema.current(database)) != schema.HEAD:
            state = f"is at schema {found}" if found else "is empty"
            raise SettingsError(
                f"The database {state}; this program needs {schema.HEAD}.", hint="digest init"
            )
        return database

    def close(self) -> None:
        """Close the database, if it was opened; again is harmless."""
        if "database" in vars(self):  # else it would be opened, which may be what has failed
            self.database.close()

    @property
    def database_name(self) -> str:
        """The database's address without its password."""
        database = Database(self.settings.database_url.get_secret_value())
        return database.url.render_as_string(hide_password=True)

    def init(self) -> tuple[str | None, str]:
        """Create or upgrade the database; return the schema before and after."""
        database = Database(self.settings.database_url.get_secret_value())
        before = schema.current(database)
        schema.upgrade(database, shipped.migrations_dir())
        database.close()
        return before, schema.HEAD

    @property
    def journals(self) -> Path:
        """The folder of the journals: beside the SQLite file unless a setting says otherwise."""
        if self.settings.journal_dir:
            return self.settings.journal_dir
        url, file = self.database.url, self.database.file
        return (
            Path(f"{file}-journals")
            if file
            else Path(f"{url.host or 'local'}-{url.database}-journals")
        )

    def run(self, kind: str) -> AbstractContextManager[RunNote]:
        """Keep the report of the run inside, whatever its end; a good one is announced."""
        url = self.settings.deadman_url
        ping_url = url.get_secret_value() if url else ""
        return runs.recorded(self.database, kind, self.clock, ping_url=ping_url)
