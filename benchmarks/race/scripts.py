"""The plain script: smtplib, one mail after the other, a commit a row."""

import sys

from benchmarks.race.contestant import Command, Contestant
from benchmarks.race.ground import Ground


class PlainScript(Contestant):
    """It is simply started again; options: those of `plain_script`."""

    share = 0.01

    def __init__(self, name: str, ground: Ground, *options: str) -> None:
        self.name = name
        self._ground = ground
        self._options = options
        self.kills_only = "--anew" in options
        self._arguments: list[str] = []
        self._environment: dict[str, str] = {}

    def prepare(self, readers: int, port: int) -> None:
        """Throw its table away."""
        ledger = self._ground.service.folder / "script.db"
        for path in ledger.parent.glob("script.db*"):
            path.unlink()
        self._arguments = [str(port), str(readers), str(ledger), *self._options]
        self._environment = self._ground.service.environment(port)

    def command(self) -> Command:
        """Return the script."""
        program = (sys.executable, "-m", "benchmarks.race.plain_script")
        return Command([*program, *self._arguments], self._environment)
