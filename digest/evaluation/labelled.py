"""Read papers and interests that people have labelled, and the dumps that they are from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from digest.errors import DumpError, InputError
from digest.model import Paper
from digest.papers.dumps import Entry, detect
from digest.papers.rules.identity import identity

_FIRST_BYTES = 4096
_ANY_DAY = date(2100, 1, 1)  # the year of a dump says nothing here


@dataclass(frozen=True, slots=True)
class Label:
    """One labelled paper, by its title."""

    title: str
    topics: tuple[str, ...]
    either: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedInterest:
    """One interest and the papers that answer it.

    grades: identity of the title -> 2 (exactly) or 1 (partly).
    """

    interest: str
    grades: Mapping[str, int]


def read_labels(path: Path) -> list[Label]:
    """Read labelled papers: JSON Lines of title, topics, either; InputError names a bad line."""
    return [
        Label(str(row["title"]), tuple(row["topics"]), tuple(row.get("either", ())))
        for row in _rows(path, "title", "topics")
    ]


def read_interests(path: Path) -> list[JudgedInterest]:
    """Read interests: JSON Lines of interest, exact, partial; InputError names a bad line."""
    interests = []
    for row in _rows(path, "interest", "exact"):
        grades = dict.fromkeys(map(identity, row.get("partial", ())), 1)
        grades |= dict.fromkeys(map(identity, row["exact"]), 2)
        interests.append(JudgedInterest(str(row["interest"]), grades))
    return interests


def read_papers(directory: Path) -> list[Paper]:
    """The different papers of all text dumps (*.txt) of a directory, first come first."""
    papers: dict[str, Paper] = {}
    for path in sorted(directory.glob("*.txt")):
        for entry in _entries(path):
            paper = Paper(len(papers) + 1, entry.title, entry.abstract)
            papers.setdefault(identity(entry.title), paper)
    if not papers:
        raise InputError(f"{directory} has no dumps (*.txt) with papers.")
    return list(papers.values())


def _entries(path: Path) -> list[Entry]:
    data = _bytes(path)
    try:
        parts = detect(data[:_FIRST_BYTES]).parse([data], not_after=_ANY_DAY)
        return [part for part in parts if isinstance(part, Entry)]
    except DumpError as exc:
        raise InputError(f"{path} is no dump: {exc}") from None


def _rows(path: Path, *names: str) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(_bytes(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line)
        except ValueError as exc:
            raise InputError(f"{path}, line {number}: not JSON: {exc}") from None
        missing = [name for name in names if not isinstance(row, dict) or name not in row]
        if missing:
            raise InputError(f"{path}, line {number}: {' and '.join(missing)} missing")
        rows.append(row)
    if not rows:
        raise InputError(f"{path} is empty.")
    return rows


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise InputError(f"{path} cannot be read: {exc.strerror}") from None
