"""Read who wrote a paper, however a list writes it: names, objects with a name, or one text.

Only what separates two names is read. A name stays as it is written: nothing is turned round,
shortened or corrected.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from digest.model import Byline
from digest.papers.dumps.parts import CONTROL

MOST = 100  # names kept of one paper, and as many affiliations
_LONGEST = 200  # characters of a name; what is longer is none
_LONGEST_TEXT = 20_000  # characters of a text that names are looked for in
_NAMES = ("name", "fullname", "full_name", "author")
_WORKPLACES = ("affiliation", "affiliations")
_AND = re.compile(r",? (?:and|&) ")
_COMMA = re.compile(r" ?, ?")
_OTHERS = re.compile(r"\b(?:et al\.?|and others)$", re.IGNORECASE)


def read_byline(authors: Any, affiliations: Any = None) -> Byline:
    """Return the names in JSON values; what is no name costs itself only.

    authors: a list of texts or of objects ({"name": ..., "affiliation": ...}), or one text with
    several names. affiliations: those that are named apart from the authors.
    """
    items = authors if isinstance(authors, list) else [authors]
    names: list[str] = []
    workplaces = list(_texts(affiliations))
    for item in items:
        if isinstance(item, dict):
            names.extend(_first(item))
            workplaces.extend(text for one in _WORKPLACES for text in _texts(item.get(one)))
        elif isinstance(item, str):
            names.extend([item] if isinstance(authors, list) else split(item))
    return bounded(names, workplaces)


def split(text: str) -> list[str]:
    """Return the names in one text: "A. Ode, B. Elm and C. Fir", "Ode, A.; Elm, B.".

    Commas separate names only where each part has two words, since "Ode, Ada" is one name.
    """
    lines = [" ".join(line.split()) for line in text[:_LONGEST_TEXT].strip().split("\n")]
    lines[-1] = _OTHERS.sub("", lines[-1]).rstrip(" ,;")
    if any(";" in line for line in lines):
        return [name.strip() for name in " ".join(lines).split(";")]
    parts = (part for line in lines for part in _AND.split(line))
    return [name for part in parts for name in _at_commas(part)]


def bounded(authors: Iterable[str], affiliations: Iterable[str] = ()) -> Byline:
    """Return each name once, on one line; empty, endless and unprintable ones are left out."""
    return Byline(_bounded(authors), _bounded(affiliations))


def _at_commas(part: str) -> list[str]:
    pieces = _COMMA.split(part.strip(" ,"))
    return pieces if all(" " in piece for piece in pieces) else [part]


def _bounded(names: Iterable[str]) -> tuple[str, ...]:
    lines = dict.fromkeys(" ".join(name.split()) for name in names)
    usable = (one for one in lines if 0 < len(one) <= _LONGEST and not CONTROL.search(one))
    return tuple(islice(usable, MOST))


def _first(record: dict[str, Any]) -> list[str]:
    """Return the name in an object about an author; nothing when it has none."""
    return [name for one in _NAMES if isinstance(name := record.get(one), str)][:1]


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a value: itself, those of a list, the names of objects."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            yield from _first(item)
