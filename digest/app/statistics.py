"""Figures over days."""

from dataclasses import dataclass

from digest.app.clocks import Clock
from digest.app.files import Files
from digest.ground.database.engine import Database
from digest.settings import Settings
from digest.statistics import keeping, tables
from digest.statistics.table import Table


@dataclass(frozen=True)
class Statistics:
    """Makes the tables of the plots, and keeps what they are made from."""

    settings: Settings
    database: Database
    files: Files
    clock: Clock

    def table(self, name: str, *, days: int, paper: int | None = None) -> Table:
        """Return a table by its name (`statistics.tables`); InputError for none of them.

        days: up to today. paper: whose ranks; None for those that trend most now.
        """
        names = {topic.slug: topic.name for topic in self.files.catalogue.topics}
        return tables.make(
            self.database,
            name,
            zone=self.settings.timezone,
            now=self.clock(),
            days=days,
            topics=names,
            paper=paper,
        )

    def keep(self) -> int:
        """Keep the figures of days that are over, and count topics and votes anew."""
        return keeping.keep(self.database, self.settings.timezone, self.clock())
