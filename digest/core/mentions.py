"""Find the papers that literally have a phrase, as stems, in the title or the abstract."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.core.phrases import Key
from digest.core.text import tokens
from digest.errors import InputError

Bools = NDArray[np.bool_]
LONGEST_MUTED = 200  # characters


def check_muted(phrase: str) -> None:
    """Raise InputError, worded for the reader, for a phrase that cannot be looked for."""
    if len(phrase) > LONGEST_MUTED:
        raise InputError(f"A muted phrase has at most {LONGEST_MUTED} characters.")
    if not tokens(phrase):
        raise InputError(f"The muted phrase {phrase!r} has no word in it.")


class Mentions:
    """All stems of all papers in one string: a search in it is one call and no loop over papers."""

    def __init__(self, papers: Sequence[tuple[Sequence[str], Sequence[str]]]) -> None:
        """Take the stems of each paper's title and abstract, stop words included."""
        texts = [f" {' '.join(title)} \n {' '.join(abstract)} \n" for title, abstract in papers]
        self._text = "".join(texts)
        self._ends = np.cumsum([len(text) for text in texts])

    def of(self, key: Key) -> Bools:
        """Whether each paper has the stems of `key` in a row; an empty key is in none."""
        found = np.zeros(len(self._ends), dtype=np.bool_)
        wanted = f" {' '.join(key)} "
        position = self._text.find(wanted) if key else -1
        while position >= 0:
            paper = int(np.searchsorted(self._ends, position, side="right"))
            found[paper] = True
            position = self._text.find(wanted, int(self._ends[paper]))
        return found
