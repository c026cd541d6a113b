"""Read abstracts in which people marked idea and result, and judge summaries by them.

What the data is like (474 lines): one record has no id and holds the marks of some seventeen
abstracts under the text of one: it is of no use. All others have at most one mark of each kind.
Marks are character offsets, but 29 records were cut or changed after they were marked (an ellipsis
at the end, marks over 6 characters beyond it, an end before its start): left out. In some, offsets
count without the leading blanks: moved. In 76 the offsets are a few characters off, inside words:
as half of a mark decides, they stay.

Labelled is the other source: papers with titles, of which the numbers of the best sentences are
known, the best one first.
"""

import difflib
import gzip
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digest.ground.text.sentences import sentences
from digest.ground.text.tex import readable

KINDS = ("idea", "result")
_TOLERANCE = 6  # characters
_HALF = 0.5
_LEAST_COVERAGE = 0.2
_SECOND = 0.35  # of the target for the second best sentence
_KEPT_LABELLED = 80


@dataclass(frozen=True, slots=True)
class Marked:
    """An abstract with its marks.

    text: as a summary sees it. found: its sentences. marks: kind -> positions in `text`, blanks
    left out.
    """

    id: str
    title: str
    text: str
    found: tuple[str, ...]
    marks: dict[str, frozenset[int]]

    def coverage(self, kind: str, shown: str) -> float:
        """Return which part of a mark's characters a shown sentence has, in [0, 1]."""
        mark = self.marks[kind]
        core = " ".join(shown.split())[1:].rstrip(".\u2026 ")
        start = self.text.find(core)
        inside = range(start - 1, start + len(core)) if core and start >= 0 else range(0)
        return len(mark & set(inside)) / len(mark)

    def targets(self, kind: str) -> list[float]:
        """Return each sentence's share of the mark; nothing when there is none in them."""
        if kind not in self.marks:
            return []
        shares = [self.coverage(kind, sentence) for sentence in self.found]
        total = sum(shares)
        return [share / total for share in shares] if total > _LEAST_COVERAGE else []

    def caught(self, shown: Sequence[str]) -> dict[str, bool]:
        """Return for each kind that is marked whether the sentences have half of it."""
        return {
            kind: sum(self.coverage(kind, sentence) for sentence in shown) >= _HALF
            for kind in KINDS
            if kind in self.marks
        }


@dataclass(frozen=True, slots=True)
class Labelled:
    """A paper with the numbers of its best sentences, by kind, the best first."""

    id: str
    title: str
    found: tuple[str, ...]
    best: dict[str, list[int]]

    def targets(self, kind: str) -> list[float]:
        """Return how far each sentence is the one; nothing when the abstract has none."""
        best = self.best[kind][:2]
        shares = dict(zip(best, (1 - _SECOND * (len(best) - 1), _SECOND), strict=False))
        return [shares.get(n, 0.0) for n in range(len(self.found))] if best else []

    def caught(self, shown: Sequence[str]) -> dict[str, bool]:
        """Return for each kind that there is whether the best sentence is shown."""
        cores = [sentence[1:].rstrip(".") for sentence in shown]
        return {
            kind: any(core in self.found[numbers[0]] for core in cores)
            for kind, numbers in self.best.items()
            if numbers
        }


Example = Marked | Labelled


def read_labelled(labels: Path, papers: Path, *, kept: bool | None = None) -> list[Labelled]:
    """Read a folder of labels (id, idea, result) and their papers (id, title, abstract)."""
    files = sorted(labels.glob("*.jsonl"))
    rows = {row["id"]: row for path in files for row in _rows(path)}
    held = set(sorted(rows, key=_digest)[:_KEPT_LABELLED])
    return [
        labelled
        for paper in _rows(papers)
        if paper["id"] in rows and (kept is None or (paper["id"] in held) == kept)
        if (labelled := _labelled(paper, rows[paper["id"]]))
    ]


def _labelled(paper: dict[str, Any], row: dict[str, Any]) -> Labelled | None:
    """Return the paper; None if its sentences are not those that were numbered."""
    found = tuple(sentences(readable(paper["abstract"])))
    if len(found) != len(list(sentences(paper["abstract"]))):
        return None
    best = {kind: list(row[kind]) for kind in KINDS}
    return Labelled(paper["id"], readable(paper["title"]), found, best)


def _rows(path: Path) -> list[dict[str, Any]]:
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    return [json.loads(line) for line in data.splitlines()]


def _digest(identifier: str) -> bytes:
    return hashlib.sha256(f"kept:{identifier}".encode()).digest()


def read(path: Path, *, kept: bool | None = None) -> list[Marked]:
    """Return the usable abstracts: all, or those of the development or of the kept part."""
    known = (one for one in _rows(path) if one["id"])
    chosen = (one for one in known if kept is None or _is_kept(one["id"]) == kept)
    return [marked for one in chosen if (marked := _marked(one)) is not None]


def figures(judged: Iterable[dict[str, bool]]) -> dict[str, list[bool]]:
    """Return all that was caught or not: idea, result, and both where both are marked."""
    lists: dict[str, list[bool]] = {"idea": [], "result": [], "both": []}
    for one in judged:
        for kind, caught in one.items():
            lists[kind].append(caught)
        if len(one) == len(KINDS):
            lists["both"].append(all(one.values()))
    return lists


def _is_kept(identifier: str) -> bool:
    """Tell whether an abstract is of the 30 % that nobody looks at while the picker is made."""
    return _digest(identifier)[0] < 77


def _marked(record: dict[str, Any]) -> Marked | None:
    raw: str = record["abstract"]
    marks = [(start, end, kind) for start, end, kind in record["marks"] if kind in KINDS]
    everything = [(start, end) for start, end, _ in record["marks"]]
    blanks = len(raw) - len(raw.lstrip())
    shift = min((0, blanks), key=lambda by: _torn(raw, everything, by))
    broken = any(start >= end or end + shift > len(raw) + _TOLERANCE for start, end in everything)
    if broken or raw.rstrip().endswith("\u2026"):
        return None
    text = " ".join(readable(raw).split())
    at = _alignment(raw, text)
    positions = {
        kind: frozenset(at[n] for n in range(start + shift, min(len(raw), end + shift)) if n in at)
        for start, end, kind in marks
    }
    return Marked(
        record["id"],
        "",
        text,
        tuple(sentences(text)),
        {kind: places for kind, places in positions.items() if places},
    )


def _torn(raw: str, marks: Iterable[tuple[int, int]], shift: int) -> int:
    """Count the ends of marks that are inside of a word."""
    edges = (edge + shift for mark in marks for edge in mark)
    return sum(0 < n < len(raw) and raw[n - 1].isalnum() and raw[n].isalnum() for n in edges)


def _alignment(raw: str, text: str) -> dict[int, int]:
    """Return where each character of the raw abstract that is no blank is in the shown text."""
    old = [n for n, character in enumerate(raw) if not character.isspace()]
    new = [n for n, character in enumerate(text) if not character.isspace()]
    if [raw[n] for n in old] == [text[n] for n in new]:
        return dict(zip(old, new, strict=True))
    matcher = difflib.SequenceMatcher(
        None, "".join(raw[n] for n in old), "".join(text[n] for n in new), autojunk=False
    )
    return {
        old[block.a + n]: new[block.b + n]
        for block in matcher.get_matching_blocks()
        for n in range(block.size)
    }
