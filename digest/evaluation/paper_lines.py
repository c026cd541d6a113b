"""Read papers as JSON Lines of id, title and abstract, for trying topics and interests on them."""

import gzip
import json
import zlib
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
        found.ids.append(_id(row.get("id")))
        title, abstract = _text(row["title"]), _text(row.get("abstract") or "")
        found.papers.append(Paper(len(found.papers), title, abstract))
    if not found.papers and not found.problems:
        found.problems.append(f"{path.name}: no paper is in it")
    return found


def _lines(path: Path) -> list[str]:
    try:
        data = path.read_bytes()
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        return text.decode("utf-8-sig").split("\n")
    except OSError as exc:
        raise InputError(f"{path}: {exc.strerror or 'not a gzip file'}") from None
    except (EOFError, zlib.error):
        raise InputError(f"{path}: the gzip file is damaged or incomplete") from None
    except UnicodeDecodeError:
        hint = "name it .gz if it is packed, else save it as UTF-8"
        raise InputError(f"{path}: not text in UTF-8", hint=hint) from None


def _row(line: str) -> dict[str, Any]:
    """Return the object of a line; ValueError says what is wrong with it."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as exc:
        raise ValueError(f"not JSON: {exc.msg} in column {exc.colno}") from None
    except (RecursionError, ValueError):
        raise ValueError(
            "not JSON that can be read: too deep, or a number that is too long"
        ) from None
    if not isinstance(row, dict):
        raise ValueError("not a JSON object; write one object a line")
    if row.get("title") is not None and not isinstance(row["title"], str):
        raise ValueError("the title is not text")
    if not (row.get("title") or "").strip():
        raise ValueError("no title")
    if row.get("abstract") is not None and not isinstance(row["abstract"], str):
        raise ValueError("the abstract is not text")
    return row


def _id(value: Any) -> str:
    """Return an id as text; "" for a missing one, JSON for one that is neither text nor number."""
    if value is None or isinstance(value, str):
        return _text(value or "")
    return json.dumps(value)


def _text(value: str) -> str:
    """Return text of bounded length that can be printed: half a surrogate pair becomes "?"."""
    return value[:_LONGEST].encode("utf-8", "replace").decode("utf-8")
