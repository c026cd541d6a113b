"""What a dump consists of, whatever its format."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LONGEST_TITLE = 1_000  # characters; what is longer is refused, so that no mail can be blown up
LONGEST_ABSTRACT = 100_000


class YearSource(StrEnum):
    """Where the year of a dump's date comes from."""

    DUMP = "dump"  # the date line has one
    GIVEN = "given"  # the newest such date not after --date, or --date itself
    FILE = "file"  # the newest such date not after the file's time


@dataclass(frozen=True, slots=True)
class Header:
    """The date of a dump, and how sure we can be of its year."""

    date: date
    year_source: YearSource


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper as one dump lists it.

    line: of the title, from 1. rank: 1 is the top; a refused entry keeps its place in the count.
    """

    line: int
    rank: int
    title: str
    abstract: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """One entry that cannot be taken; the rest of the dump can."""

    line: int
    reason: str


Part = Header | Entry | Refusal
