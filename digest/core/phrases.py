"""Find many phrases in a text in one pass, the longest first."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

Key = tuple[str, ...]
Value = TypeVar("Value")


class PhraseTable(Generic[Value]):
    """Stemmed phrases and what each stands for; made once, read from any number of threads."""

    def __init__(self, phrases: Mapping[Key, Value]) -> None:
        if () in phrases:
            raise ValueError("PhraseTable: an empty phrase matches nothing")
        self._values = dict(phrases)
        lengths: dict[str, set[int]] = {}
        for key in phrases:
            lengths.setdefault(key[0], set()).add(len(key))
        self._lengths = {first: sorted(sizes, reverse=True) for first, sizes in lengths.items()}

    def find(self, stems: Sequence[str]) -> Iterator[tuple[int, Key, Value]]:
        """Yield (position, phrase, value) from left to right, at one position the longest first."""
        for position, first in enumerate(stems):
            for length in self._lengths.get(first, ()):
                key = tuple(stems[position : position + length])
                if len(key) == length and key in self._values:
                    yield position, key, self._values[key]
