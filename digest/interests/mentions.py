"""Find the papers that literally have a phrase, as stems, in the title or the abstract."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.errors import InputError
from digest.ground.text.phrases import Key
from digest.ground.text.words import tokens

Bools = NDArray[np.bool_]
LONGEST_MUTED = 200  # characters


def check_muted(phrase: str) -> None:
    """Raise InputError, worded for the reader, for a phrase that cannot be looked for."""
    if len(phrase) > LONGEST_MUTED:
        raise InputError(f"A muted phrase has at most {LONGEST_MUTED} characters.")
    if not tokens(phrase):
        raise InputError(f"The muted phrase {phrase!r} has no word in it.")


class Mentions:
    """Which paper has which stems; only papers that have the rarest stem are read."""

    def __init__(self, papers: Sequence[tuple[Sequence[str], Sequence[str]]]) -> None:
        """Take the stems of each paper's title and abstract, stop words included."""
        self._texts = [f" {' '.join(title)} \n {' '.join(body)} " for title, body in papers]
        self._having: dict[str, list[int]] = {}
        for number, (title, body) in enumerate(papers):
            for stem in {*title, *body}:
                self._having.setdefault(stem, []).append(number)

    def of(self, key: Key) -> Bools:
        """Whether each paper has the stems of `key` in a row; an empty key is in none."""
        found = np.zeros(len(self._texts), dtype=np.bool_)
        candidates = min((self._having.get(stem, []) for stem in key), key=len, default=[])
        wanted = f" {' '.join(key)} "
        found[[number for number in candidates if wanted in self._texts[number]]] = True
        return found
