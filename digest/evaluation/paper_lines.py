"""Read papers as JSON Lines of id, title and abstract, for trying topics and interests on them."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digest.errors import InputError
from digest.model import Paper

_LONGEST = 100_000  # characters of a title or an abstract


@dataclass(frozen=True, slots=True)
class PaperLines:
    """What a file holds. papers: numbered from 0. ids: theirs in the file, in the same order.

    problems: one text for each line that is not a paper, with its number.
    """

    papers: list[Paper]
    ids: list[str]
    problems: list[str]


def read_paper_lines(path: Path) -> PaperLines:
    """Read papers, one JSON object a line; `.gz` is unpacked. A bad line costs itself.

    A line needs a title; id and abstract may be missing. InputError when the file cannot be read.
    """
    found = PaperLines([], [], [])
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = _row(line)
        except ValueError as exc:
            found.problems.append(f"{path.name}, line {number}: {exc}")
            continue
        found.ids.append(str(row.get("id", "")))
        title, abstract = row["title"][:_LONGEST], row.get("abstract", "")[:_LONGEST]
        found.papers.append(Paper(len(found.papers), title, abstract))
    return found


def _lines(path: Path) -> list[str]:
    try:
        data = path.read_bytes()
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        return text.decode("utf-8-sig").split("\n")
    except OSError as exc:
        raise InputError(f"{path}: {exc.strerror or 'not a gzip file'}") from None
    except (EOFError, UnicodeDecodeError):
        raise InputError(f"{path}: not text in UTF-8", hint="save it as UTF-8") from None


def _row(line: str) -> dict[str, Any]:
    row = json.loads(line)
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    if not isinstance(row.get("title"), str) or not row["title"].strip():
        raise ValueError("no title")
    if not isinstance(row.get("abstract", ""), str):
        raise ValueError("the abstract is not text")
    return row
