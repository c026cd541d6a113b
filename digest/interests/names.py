"""Known names: read `names.txt` and `german.txt`, and find names in an interest."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from digest.ground.text.words import tokens

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """Other ways to say one name, as stems -> how they are written, and what does not say it."""

    same: Mapping[Key, str] = field(default_factory=dict)
    near: Mapping[Key, str] = field(default_factory=dict)
    never: frozenset[Key] = frozenset()


class Names:
    """The names of the file, looked up by their stems. Immutable."""

    def __init__(self, names: Mapping[Key, Name], empty: Iterable[Key] = ()) -> None:
        """Take names, and what hardly narrows an interest down ("large language model")."""
        self._names = dict(names)
        self.empty = frozenset(empty)
        self._longest = max((len(key) for key in names), default=0)

    def get(self, key: Key) -> Name | None:
        """The other ways to say `key`, or None when it is no known name."""
        return self._names.get(key)

    def longest_at(self, stems: Sequence[str], start: int) -> Key:
        """The longest known name that starts at a position; empty when none does."""
        for length in range(min(self._longest, len(stems) - start), 0, -1):
            key = tuple(stems[start : start + length])
            if key in self._names:
                return key
        return ()


def parse_names(text: str) -> Names:
    """Read lines of "name = same ~ near / never" and "! empty"; several on one name are united."""
    same: dict[Key, dict[Key, str]] = {}
    near: dict[Key, dict[Key, str]] = {}
    never: dict[Key, set[Key]] = {}
    empty: dict[Key, str] = {}
    for line in _lines(text):
        if line.startswith("!"):
            empty |= _keys(line[1:])
            continue
        said, _, other = line.partition(" / ")
        equal, _, close = said.partition("~")
        left, right = _keys(equal.replace("=", ",", 1)), _keys(close)
        for key in left:
            same.setdefault(key, {}).update({k: v for k, v in left.items() if k != key})
            near.setdefault(key, {}).update({k: v for k, v in right.items() if k != key})
            never.setdefault(key, set()).update(_keys(other))
    names = {
        key: Name(
            same[key],
            {k: v for k, v in near[key].items() if k not in same[key]},
            frozenset(never[key]),
        )
        for key in same
    }
    return Names(names, empty)


def parse_words(text: str) -> dict[Key, str]:
    """Read lines of "foreign words = English words": folded stems -> the English words."""
    found = {}
    for line in _lines(text):
        foreign, _, english = line.partition("=")
        found[tuple(tokens(foreign))] = english.strip()
    return found


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        plain = line.split("#", 1)[0].strip()
        if plain:
            yield plain


def _keys(part: str) -> dict[Key, str]:
    named = ((tuple(tokens(name)), name.strip()) for name in part.split(","))
    return {key: name for key, name in named if key}
