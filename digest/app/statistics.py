"""Looking at the figures of the service over days."""

from collections.abc import Collection
from dataclasses import dataclass

from digest.app.clocks import Clock
from digest.app.topics import Topics
from digest.ground.database.engine import Database
from digest.settings import Settings
from digest.statistics import growth, keeping, tables
from digest.statistics.store.reader_days import ReaderDay
from digest.statistics.table import Table


@dataclass(frozen=True)
class Statistics:
    """Makes the tables of the plots, and keeps what they are made from."""

    settings: Settings
    database: Database
    topics: Topics
    clock: Clock

    def table(self, name: str, *, days: int, paper: int | None = None) -> Table:
        """Return a table by its name, like `tables`."""
        return self.tables([name], days=days, paper=paper)[0]

    def tables(self, names: Collection[str], *, days: int, paper: int | None = None) -> list[Table]:
        """Return tables by name (`statistics.tables`), what they share counted once.

        days: up to today. paper: whose ranks; None for those that trend most now. InputError for
        a name that is none.
        """
        return tables.make(
            self.database,
            names,
            zone=self.settings.timezone,
            now=self.clock(),
            days=days,
            topics=self.topics.in_force.topic_names,
            paper=paper,
        )

    def growth(self, days: int) -> list[ReaderDay]:
        """Return how the number of readers grew in the last days: see `statistics.growth`."""
        return growth.growth(self.database, self.settings.timezone, self.clock(), days)

    def keep(self) -> int:
        """Keep the figures of days that are over, and count topics and votes anew."""
        return keeping.keep(self.database, self.settings.timezone, self.clock())
