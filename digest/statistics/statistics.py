"""The figures of the service over days, by its clock and time zone."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from digest.ground.database.engine import Database
from digest.statistics import growth, keeping, tables
from digest.statistics.store.reader_days import ReaderDay
from digest.statistics.table import Table


@dataclass(frozen=True)
class Statistics:
    """Makes the tables of the plots, and keeps what they are made from.

    topic_names: gives the names of the topics in force, by slug.
    """

    database: Database
    timezone: str
    topic_names: Callable[[], Mapping[str, str]]
    clock: Callable[[], datetime]

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
            zone=self.timezone,
            now=self.clock(),
            days=days,
            topics=self.topic_names(),
            paper=paper,
        )

    def growth(self, days: int) -> list[ReaderDay]:
        """Return how the number of readers grew in the last days: see `statistics.growth`."""
        return growth.growth(self.database, self.timezone, self.clock(), days)

    def keep(self) -> int:
        """Keep the figures of days that are over, and count topics and votes anew."""
        return keeping.keep(self.database, self.timezone, self.clock())
