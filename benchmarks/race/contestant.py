"""What the race asks of a way to send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Command:
    """A command line, and what its environment has beside ours."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Contestant:
    """A way to send one mail to each of some readers.

    name: as the table and `--only` have it. share: which part of the readers it is given while
    nobody is killed, as some take too long for all. may_die: whether it goes on when it is started
    again. kills_only: it is of interest with kills alone. serves: it runs until it is told to end.
    database_pid: a database server of its own.
    """

    name = ""
    share = 1.0
    may_die = True
    kills_only = False
    serves = False
    database_pid = 0

    def missing(self) -> str:
        """Return what it needs and this machine lacks; "" when nothing."""
        return ""

    def prepare(self, readers: int, port: int) -> None:
        """Forget what was sent; the next command sends to so many readers, to that port."""
        raise NotImplementedError

    def command(self) -> Command:
        """Return what starts it, and what its manual says to start after a kill: the same."""
        raise NotImplementedError

    def is_done(self) -> bool:
        """Whether everything is sent. Without `serves`, asked when the command has ended."""
        return True

    def marked(self) -> set[str]:
        """Return the addresses of which it says itself that they may have none, or two."""
        return set()
