"""What a reader typed as an interest, taken apart into what a paper must speak of.

An interest is one or more facets: a paper need answer only one. A facet is a row of units, and a
paper must speak of all of them: "KV cache compression and eviction" is the facets "KV cache
compression" and "KV cache eviction", the first with the units "KV cache" and "compression".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from digest.errors import InputError
from digest.ground.text.words import STOP_WORDS, stem, words
from digest.interests.coordination import LINKS, Key, NameAt, content, is_noun, shared
from digest.interests.names import Names

Speller = Callable[[str], str | None]

LONGEST_INTEREST = 200  # characters
_MOST_FACETS = 6
_MOST_UNITS = 8
_PIECE = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<quoted>[^"]*)"|(?P<word>[^\s"]+))')
_HARD = re.compile(r"[,;|]|\s/\s|(?<=[a-z])/(?=[a-z])|\s(?:or|oder|vs\.?)\s")
_SOFT = re.compile(r"\s(?:and|und|&|\+)\s", re.IGNORECASE)
_HINT = "name a subject, for example: quantization of language models"


@dataclass(frozen=True, slots=True)
class Unit:
    """A name or a word. linked: a word like "for" or "in" stands before it."""

    key: Key
    text: str
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """What a paper must speak of, all of it."""

    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Interest:
    """An interest as typed, its facets, and the phrases that must or must not occur.

    corrected: word -> what was looked for instead, for words that are misspelt.
    """

    text: str
    facets: tuple[Facet, ...]
    quoted: tuple[Key, ...] = ()
    excluded: tuple[Key, ...] = ()
    corrected: Mapping[str, str] | None = None


class Reader:
    """Takes interests apart with known names, foreign words and a speller. Immutable."""

    def __init__(
        self, names: Names, name_at: NameAt, foreign: Mapping[Key, str], spell: Speller
    ) -> None:
        """Take names, what finds the longest at a place, German words, what corrects a word."""
        self._names = names
        self._name_at = name_at
        self._foreign = foreign
        self._longest_foreign = max((len(key) for key in foreign), default=0)
        self._spell = spell

    def read(self, text: str) -> Interest:
        """Take an interest apart; InputError, worded for the reader, when nothing is left."""
        folded = _folded(text)
        plain, quoted, excluded = _pieces(folded)
        corrected: dict[str, str] = {}
        facets: list[Facet] = []
        for piece in _HARD.split(f" {self._translated(plain)} "):
            parts = [words(part) for part in _SOFT.split(piece)]
            parts = [part for part in parts if content(part)]
            for part in shared(parts, self._name_at):
                units = self._units(part, corrected)
                facets.append(Facet(units[:_MOST_UNITS]))
                finer = tuple(dict.fromkeys(u for unit in units for u in self._finer(unit)))
                if finer != units:
                    facets.append(Facet(finer[:_MOST_UNITS]))
        if not facets:
            raise _nothing(folded, excluded)
        if not any(char.isascii() for facet in facets for u in facet.units for char in u.text):
            raise InputError(
                f"The interest {folded!r} is not in Latin letters; papers are searched in English.",
                hint="name the subject in English",
            )
        unique = tuple(dict.fromkeys(facets))[:_MOST_FACETS]
        return Interest(folded, unique, quoted, excluded, corrected)

    def _translated(self, text: str) -> str:
        """The text with German words replaced, the longest run of words first."""
        found = text.split()
        result: list[str] = []
        at = 0
        while at < len(found):
            for length in range(min(self._longest_foreign, len(found) - at), 0, -1):
                piece = " ".join(found[at : at + length])
                bare = piece.rstrip(",;")
                english = self._foreign.get(tuple(stem(word) for word in words(bare)))
                if english is not None:
                    result.append(english + piece[len(bare) :])
                    at += length
                    break
            else:
                result.append(self._compound(found[at]))
                at += 1
        return " ".join(result)

    def _compound(self, word: str) -> str:
        """A word with hyphens, its German parts replaced: Roboter-Manipulation."""
        parts = word.split("-")
        keys = [tuple(stem(w) for w in words(part)) for part in parts]
        if len(parts) == 1 or not any(key in self._foreign for key in keys):
            return word
        return " ".join(self._foreign.get(k, p) for k, p in zip(keys, parts, strict=True))

    def _units(self, found: list[str], corrected: dict[str, str]) -> tuple[Unit, ...]:
        stems = [self._stem(word, corrected) for word in found]
        units: list[Unit] = []
        linked, at = False, 0
        while at < len(found):
            key = self._name_at(stems, at)
            if not key and (found[at] in STOP_WORDS and not is_noun(found, at)):
                linked = linked or (found[at] in LINKS and bool(units))
                at += 1
                continue
            key = key or (stems[at],)
            units.append(Unit(key, " ".join(found[at : at + len(key)]), linked))
            linked, at = False, at + len(key)
        return tuple(dict.fromkeys(units))

    def _finer(self, unit: Unit) -> list[Unit]:
        """The names that a name is made of: "RL for agents" is RL and agents; else itself."""
        found = unit.text.split(" ")
        parts: list[Unit] = []
        linked, at = unit.linked, 0
        while at < len(unit.key):
            if found[at] in STOP_WORDS:
                linked, at = True, at + 1
                continue
            key = self._name_at(unit.key[: max(at + 1, len(unit.key) - (not at))], at)
            if not key or self._names.get(key) is None:
                return [unit]
            parts.append(Unit(key, " ".join(found[at : at + len(key)]), linked))
            linked, at = False, at + len(key)
        return parts if sum(part.key not in self._names.empty for part in parts) > 1 else [unit]

    def _stem(self, word: str, corrected: dict[str, str]) -> str:
        found = stem(word)
        better = self._spell(found)
        if better is None:
            return found
        corrected[word] = better
        return better


def _folded(text: str) -> str:
    folded = " ".join(text.split())
    if not folded:
        raise InputError("The interest is empty.", hint=_HINT)
    if len(folded) > LONGEST_INTEREST:
        raise InputError(
            f"An interest has at most {LONGEST_INTEREST} characters; this one has {len(folded)}.",
            hint="split it into several interests",
        )
    return folded


def _pieces(folded: str) -> tuple[str, tuple[Key, ...], tuple[Key, ...]]:
    """The text without exclusions, and the stems of quoted and of excluded phrases."""
    kept: list[str] = []
    quoted: list[Key] = []
    excluded: list[Key] = []
    for piece in _PIECE.finditer(folded):
        key = tuple(stem(word) for word in words(piece["quoted"] or piece["word"] or ""))
        if piece["minus"] and key:
            excluded.append(key)
            continue
        if piece["quoted"] is not None and key:
            quoted.append(key)
        kept.append(piece["quoted"] or piece["word"] or "")
    return " ".join(kept), tuple(quoted), tuple(excluded)


def _nothing(folded: str, excluded: tuple[Key, ...]) -> InputError:
    if excluded:
        return InputError(f"The interest {folded!r} only says what to leave out.", hint=_HINT)
    if not words(folded):
        return InputError(f"The interest {folded!r} has no word to look for.", hint=_HINT)
    return InputError(
        f"The interest {folded!r} has only words that say nothing about a subject.", hint=_HINT
    )
