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
        self._singles = {key[0] for key in phrases if len(key) == 1}
        starts: dict[str, dict[str, set[int]]] = {}
        for key in phrases:
            following = starts.setdefault(key[0], {})
            if len(key) > 1:
                following.setdefault(key[1], set()).add(len(key))
        # By the first two words, so that most places in a text need no look at a longer piece.
        self._starts = {
            first: {second: sorted(sizes, reverse=True) for second, sizes in following.items()}
            for first, following in starts.items()
        }

    def find(self, stems: Sequence[str]) -> Iterator[tuple[int, Key, Value]]:
        """Yield (position, phrase, value) from left to right, at one position the longest first."""
        last = len(stems) - 1
        for position, first in enumerate(stems):
            following = self._starts.get(first)
            if following is None:
                continue
            if following and position < last:
                for length in following.get(stems[position + 1], ()):
                    key = tuple(stems[position : position + length])
                    if len(key) == length and key in self._values:
                        yield position, key, self._values[key]
            if first in self._singles:
                yield position, (first,), self._values[(first,)]
