"""What the pre-flight check reads, and what it finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  # blocks the edition
    WARNING = "warning"  # the edition is sent all the same


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what, where (a sample and a place in it), how to fix it."""

    level: Level
    what: str
    where: str
    fix: str

    def __str__(self) -> str:
        return f"{self.level}: {self.where}: {self.what} ({self.fix})"

    def to_json(self) -> dict[str, Any]:
        """Return the finding in the form that scripts rely on."""
        return {
            "level": self.level.value,
            "what": self.what,
            "where": self.where,
            "mend": self.fix,
        }


@dataclass(frozen=True, slots=True)
class Sample:
    """A composed mail to check.

    name: what findings call it. content: its bytes, as they would be sent. html, text: its decoded
    parts, "" if missing or not yet read. titles: of its papers. with_html: its layout has HTML.
    neutral: its papers are our own inventions, so every suspicious word is the template's.
    is_digest: it has the header fields of a list; transactional mails do not.
    """

    name: str
    content: bytes
    html: str = ""
    text: str = ""
    titles: Sequence[str] = ()
    with_html: bool = True
    neutral: bool = False
    is_digest: bool = True


@dataclass(frozen=True, slots=True)
class ServiceIdentity:
    """Who sends the mail. trial: only the built-in sink takes it, so nobody outside gets it."""

    base_url: str
    sender_address: str
    postal_address: str
    trial: bool

    @property
    def severe(self) -> Level:
        """The level of findings that only matter if mail goes to real people."""
        return Level.WARNING if self.trial else Level.ERROR


def error(what: str, where: str, fix: str) -> Finding:
    """Return a finding that blocks the edition."""
    return Finding(Level.ERROR, what, where, fix)


def warning(what: str, where: str, fix: str) -> Finding:
    """Return a finding that does not block the edition."""
    return Finding(Level.WARNING, what, where, fix)
