"""Read papers and interests that people have labelled, and the dumps that they are from."""

import gzip
import itertools
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from digest.errors import DumpError, InputError
from digest.model import Paper
from digest.papers.dumps import Entry, detect
from digest.papers.rules.identity import identity
from digest.topics.former_slugs import FORMER_SLUGS

_FIRST_BYTES = 4096
_ANY_DAY = date(2100, 1, 1)  # the year of a dump says nothing here
_FORMER_ONLY = {slug for slug, new in FORMER_SLUGS.items() if slug not in new}


@dataclass(frozen=True, slots=True)
class Label:
    """One labelled paper, by its title.

    former: whether the slugs are those of the former catalogue.
    """

    title: str
    topics: tuple[str, ...]
    either: tuple[str, ...]
    former: bool = False


@dataclass(frozen=True, slots=True)
class JudgedInterest:
    """One interest and the papers that answer it.

    grades: identity of the title -> 2 (exactly) or 1 (partly).
    """

    interest: str
    grades: Mapping[str, int]


def read_labels(path: Path) -> list[Label]:
    """Read labelled papers: JSON Lines of title, topics, either; InputError names a bad line.

    A file with a slug that only the former catalogue had is in the slugs of that catalogue.
    """
    labels = [
        Label(str(row["title"]), tuple(row["topics"]), tuple(row.get("either", ())))
        for row in _rows(path, "title", "topics")
    ]
    former = any(_FORMER_ONLY & {*label.topics, *label.either} for label in labels)
    return [replace(label, former=former) for label in labels]


def key_of(title: str) -> str:
    """Return the short key by which a labelled paper is listed as fitted on."""
    return identity(title)[:12]


def read_keys(path: Path) -> frozenset[str]:
    """Read the keys of the papers on whose labels the weights of topics were fitted."""
    lines = _bytes(path).decode("ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def read_interests(path: Path) -> list[JudgedInterest]:
    """Read interests: JSON Lines of interest, exact, partly; InputError names a bad line."""
    interests = []
    for row in _rows(path, "interest", "exact"):
        partly = row.get("partly", row.get("partial", ()))
        grades = dict.fromkeys(map(identity, partly), 1)
        grades |= dict.fromkeys(map(identity, row["exact"]), 2)
        interests.append(JudgedInterest(str(row["interest"]), grades))
    return interests


def read_papers(*places: Path) -> list[Paper]:
    """Read the different papers of some places, first come first.

    A place is a directory of text dumps (*.txt), or a file: JSON Lines of title and abstract,
    gzipped if its name ends in .gz. InputError names what cannot be read.
    """
    papers: dict[str, Paper] = {}
    for title, abstract in itertools.chain.from_iterable(map(_texts, places)):
        papers.setdefault(identity(title), Paper(len(papers) + 1, title, abstract))
    if not papers:
        raise InputError(f"{', '.join(map(str, places))}: no dumps (*.txt) with papers.")
    return list(papers.values())


def _texts(place: Path) -> Iterator[tuple[str, str]]:
    """Yield title and abstract of every paper of a place."""
    if place.suffix in (".jsonl", ".gz"):
        for row in _rows(place, "title", "abstract"):
            yield str(row["title"]), str(row["abstract"])
        return
    for path in sorted(place.glob("*.txt")):
        for entry in _entries(path):
            yield entry.title, entry.abstract


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
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except (gzip.BadGzipFile, EOFError, zlib.error) as exc:
        raise InputError(f"{path} cannot be unpacked: {exc}") from None
    except OSError as exc:
        raise InputError(f"{path} cannot be read: {exc.strerror}") from None
