"""What every part of the service stands on: settings, clock, files, database, journals."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from digest.app import databases
from digest.app.clocks import Clock
from digest.app.files import Files
from digest.ground.database.engine import Database
from digest.runs import runs
from digest.runs.runs import RunNote
from digest.settings import Settings


@dataclass(frozen=True)
class Foundation:
    """The service without its subjects.

    clock: tells the time. files: the languages, templates and such. read_only: the database refuses
    every change. given_database: one that is open already.
    """

    settings: Settings
    clock: Clock
    files: Files
    read_only: bool
    given_database: Database | None

    @cached_property
    def database(self) -> Database:
        """The database, of the schema that this code needs; SchemaError when it is not."""
        if self.given_database is not None:
            return self.given_database
        return databases.opened(self.settings, self.clock, read_only=self.read_only)

    def close(self) -> None:
        """Close the database, if it was opened; again is harmless."""
        if "database" in vars(self):  # else it would be opened, which may be what has failed
            self.database.close()

    @property
    def database_name(self) -> str:
        """The database's address without its password."""
        return self.unchecked_database.name

    @property
    def unchecked_database(self) -> Database:
        """The database whatever its schema, also when there is none yet; close it."""
        return databases.unchecked(self.settings)

    def init(self) -> tuple[str | None, str]:
        """Create or upgrade the database; return the schema before and after."""
        return databases.init(self.settings, self.files, self.clock)

    @property
    def journals(self) -> Path:
        """The folder of the journals: beside the SQLite file unless a setting says otherwise.

        Beside the file itself, whatever links lead to it: its processes must find each other's.
        """
        return databases.journals(self.settings, self.unchecked_database)

    @property
    def former_journals(self) -> Path | None:
        """Where earlier versions had them if a link leads to the SQLite file: beside the link."""
        return databases.former_journals(self.settings, self.unchecked_database)

    def run(self, kind: str) -> AbstractContextManager[RunNote]:
        """Save the report of the run inside, whatever its end; a good one is announced."""
        url = self.settings.deadman_url
        ping_url = url.get_secret_value() if url else ""
        return runs.recorded(self.database, kind, self.clock, ping_url=ping_url)
