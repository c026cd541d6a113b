"""What the pre-flight check finds, and what it looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  # the edition is held
    WARNING = "warning"  # it is sent; somebody should look at it


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what, where (a sample and a place in it), how to mend it."""

    level: Level
    what: str
    where: str
    mend: str

    def __str__(self) -> str:
        return f"{self.level}: {self.where}: {self.what} ({self.mend})"

    def to_json(self) -> dict[str, Any]:
        """Return the finding in the form that scripts rely on."""
        return {
            "level": self.level.value,
            "what": self.what,
            "where": self.where,
            "mend": self.mend,
        }


@dataclass(frozen=True, slots=True)
class Sample:
    """A composed mail to look at.

    name: what it is called in findings. content: its bytes, as they would be sent. html, text: its
    parts, decoded, empty when not there. titles: of its papers. with_html: its layout has HTML.
    neutral: its papers are made up by us, so that every suspicious word is the template's.
    is_digest: it is a mail of the subscription, with the fields of a list; others are single mails.
    """

    name: str
    content: bytes
    html: str
    text: str
    titles: Sequence[str] = ()
    with_html: bool = True
    neutral: bool = False
    is_digest: bool = True


@dataclass(frozen=True, slots=True)
class House:
    """Whose mail it is. trial: the relay is on this machine, so nobody outside gets it."""

    base_url: str
    sender_address: str
    postal_address: str
    trial: bool

    @property
    def severe(self) -> Level:
        """The level of what only matters once mail goes to real people."""
        return Level.WARNING if self.trial else Level.ERROR


def error(what: str, where: str, mend: str) -> Finding:
    """Return a finding that holds the edition."""
    return Finding(Level.ERROR, what, where, mend)


def warning(what: str, where: str, mend: str) -> Finding:
    """Return a finding that does not."""
    return Finding(Level.WARNING, what, where, mend)
