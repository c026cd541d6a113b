"""The made-up replies, and what is understood of each."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from digest.replies.bodies import read_written
from digest.replies.grammar import Grammar
from digest.replies.own_words import paragraphs
from digest.replies.understanding import understand
from tests.replies import shapes

TODAY = date(2027, 1, 20)
TOPICS = ("robotics", "speech", "safety", "safety & trust", "robotics & embodied ai")
PAPERS = 10
NOT_UNDERSTOOD = "?"


class Case(NamedTuple):
    """One made-up reply. expected: commands as `Command` spells them, with ";" between."""

    language: str
    shape: str
    own: str
    expected: str


def cases(name: str) -> list[Case]:
    """Return those of a file beside this one."""
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    return list(_cases(lines))


def understood(case: Case) -> str:
    """Return what is understood of the raw mail, spelt as `expected`."""
    text = read_written(shapes.make(case.shape, case.language, case.own)).text
    grammar = Grammar(TODAY, TOPICS)
    found = understand(paragraphs(text), grammar, papers=PAPERS, names=("anna", "müller"))
    return "; ".join(map(str, found.commands)) or NOT_UNDERSTOOD


def _cases(lines: list[str]) -> Iterator[Case]:
    for line in lines:
        if not line.startswith("#"):
            head, _, rest = line.partition(" | ")
            own, _, expected = rest.rpartition("=> ")
            yield Case(*head.split(), own.strip().replace("\\n", "\n"), expected)
