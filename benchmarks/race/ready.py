"""Clients that push ready mails: what is possible. They choose, compose and keep nothing."""

import shutil
import sys

from benchmarks.race.contestant import Command, Contestant
from benchmarks.race.ground import Ground

_CONNECTIONS = 8


class SmtpSource(Contestant):
    """Postfix's load generator; each mail has a recipient of its own."""

    name = "ready mails: smtp-source"
    may_die = False

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._arguments: list[str] = []

    def missing(self) -> str:
        """It comes with Postfix."""
        return "" if shutil.which("smtp-source") else "smtp-source"

    def prepare(self, readers: int, port: int) -> None:
        """Push mails of the size of ours."""
        size = self._ground.octets
        numbers = ["-s", _CONNECTIONS, "-l", size, "-m", readers]
        self._arguments = ["-d", "-N", *map(str, numbers), f"127.0.0.1:{port}"]

    def command(self) -> Command:
        """Return the generator."""
        return Command(["smtp-source", *self._arguments])


class Pusher(SmtpSource):
    """Plain sockets: a body and the next envelope in one write."""

    name = "ready mails: pipelined"

    def missing(self) -> str:
        """Nothing: it is Python."""
        return ""

    def prepare(self, readers: int, port: int) -> None:
        """Push mails of the size of ours."""
        self._arguments = list(map(str, (port, readers, self._ground.octets, _CONNECTIONS)))

    def command(self) -> Command:
        """Return the program."""
        return Command([sys.executable, "-m", "benchmarks.race.pusher", *self._arguments])
