"""The parts of a dump, whatever its format."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LONGEST_TITLE = 1_000  # characters; what is longer is refused, so that no mail can be blown up
LONGEST_ABSTRACT = 100_000
# Control characters, which no mail may carry, halves of pairs, which cannot be encoded, and the
# sign by which a program before us marked what it could not read.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd-\uffff\ud800-\udfff]")


class YearSource(StrEnum):
    """Where the year of a dump's date comes from."""

    DUMP = "dump"  # the date line has one
    GIVEN = "given"  # the newest such date not after --date, or --date itself
    FILE = "file"  # the newest such date not after the file's time


@dataclass(frozen=True, slots=True)
class Header:
    """The date of a dump, and how sure we can be of its year.

    ranked: whether its order says what people like; the order of a feed is only that of arrival.
    """

    date: date
    year_source: YearSource
    ranked: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper as one dump lists it.

    line: of the title, from 1. rank: 1 is the top; a refused entry keeps its place in the count.
    Only some formats have: votes; identifiers, as `rules.identifiers` writes them; the page of the
    paper; addresses of code and project that the list itself names, beside those in the abstract;
    who wrote it, as it is written there; the stars of its code.
    """

    line: int
    rank: int
    title: str
    abstract: str
    votes: int | None = None
    identifiers: tuple[str, ...] = ()
    url: str = ""
    code_urls: tuple[str, ...] = ()
    project_urls: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    affiliations: tuple[str, ...] = ()
    stars: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that cannot be used, while the rest of the dump can."""

    line: int
    reason: str


Part = Header | Entry | Refusal


def reason_to_refuse(title: str, abstract: str, sizes: tuple[int, int] | None = None) -> str:
    """Return why an entry with these texts cannot be used; empty if it can.

    sizes: characters of both, where a text was cut because it is far too long.
    """
    title_size, abstract_size = sizes or (len(title), len(abstract))
    if title_size > LONGEST_TITLE:
        return f"a title of {title_size:,} characters; {LONGEST_TITLE:,} are allowed"
    if abstract_size > LONGEST_ABSTRACT:
        return f"an abstract of {abstract_size:,} characters; {LONGEST_ABSTRACT:,} are allowed"
    if found := CONTROL.search(title) or CONTROL.search(abstract):
        code = ord(found.group())
        if code == 0xFFFD:
            return "a character that could not be read (U+FFFD)"
        return f"a control character, U+{code:04X}"
    return ""
