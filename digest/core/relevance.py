"""How well papers match an interest: a phrase that a reader typed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.core.text import content, tokens
from digest.core.topics import Catalogue
from digest.errors import InputError
from digest.model import Paper

LONGEST_INTEREST = 200  # characters
MATCH = 0.3  # from here on a reader would agree that a paper matches the interest


@dataclass(frozen=True, slots=True)
class Interest:
    """An interest, taken apart. words: stems that speak for a paper; quoted and excluded: phrases."""

    words: tuple[str, ...]
    quoted: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()


def parse_interest(text: str) -> Interest:
    """Take an interest apart: free text, "quoted phrases", -exclusions, -"excluded phrases".

    Raises InputError, worded for the reader, for one that is empty, longer than
    LONGEST_INTEREST, or has no word to look for.
    """
    if len(text) > LONGEST_INTEREST:
        raise InputError(f"An interest has at most {LONGEST_INTEREST} characters.")
    words = content(tokens(text))
    if not words:
        raise InputError(f"The interest {text!r} has no word that tells papers apart.")
    return Interest(tuple(words))


class InterestIndex:
    """The papers of one edition, ready to be scored against any number of interests."""

    def __init__(self, papers: Sequence[Paper], catalogue: Catalogue) -> None:
        self._size = len(papers)
        self._catalogue = catalogue
        self._texts = [" ".join(tokens(f"{p.title} . {p.abstract}")) for p in papers]

    def scores(self, phrase: str) -> NDArray[np.float32]:
        """How well each paper matches, in [0, 1], in the order of the papers; 0 is no match.

        At least MATCH: a reader would agree that it matches. A phrase that `parse_interest`
        refuses matches nothing.
        """
        words = set(content(tokens(phrase)))
        found = [len(words & set(text.split())) / max(1, len(words)) for text in self._texts]
        return np.array(found, dtype=np.float32)

    def mentions(self, phrase: str) -> NDArray[np.bool_]:
        """Whether each paper has the (stemmed) phrase in its title or abstract: the muted test."""
        wanted = " ".join(tokens(phrase))
        return np.array([bool(wanted) and f" {wanted} " in f" {t} " for t in self._texts], bool)
