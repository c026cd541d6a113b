"""The kinds of preferences that are one of several words."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from digest.ground.languages.marking import N_
from digest.subscribers.rules.field_kinds import Mistake, PreferenceField
from digest.subscribers.rules.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(PreferenceField):
    """One of several words. words: what the page calls each; kind: makes a value of a word."""

    words: Mapping[str, str]
    kind: type[StrEnum] | type[str] = str

    def choices(self, _vocabulary: Vocabulary) -> Collection[str]:
        """Return the words that there are."""
        return self.words

    def check(self, plain: Any, vocabulary: Vocabulary, mistakes: list[Mistake]) -> Any:
        """Return the value of a word; "Weekly" is what a spreadsheet makes of "weekly"."""
        choices = self.choices(vocabulary)
        word = str(plain).strip()
        for spelling in self.spellings(word):
            if spelling in choices:
                return self.value(spelling)
        values = {"given": repr(word[:60]), "example": self.example}
        mistakes.append(Mistake(N_("%(given)s is not known, e.g. %(example)s"), values))
        return self.default(vocabulary)

    def spellings(self, word: str) -> tuple[str, ...]:
        """Return what may be meant by a word, the likeliest first."""
        return (word.lower(), word)

    def value(self, word: str) -> Any:
        """Return the value of a word that there is."""
        return self.kind(word)

    def plain(self, value: Any) -> str:
        """Return the word."""
        return str(value)

    def restore(self, stored: Any) -> Any:
        """Return the value of a column."""
        return self.value(self._read(stored, sound=stored in self.words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekday(Choice):
    """A day of the week by its English name; the value is its number, 0 for Monday."""

    def value(self, word: str) -> int:
        """Return the number of a day."""
        return list(self.words).index(word)

    def plain(self, value: int) -> str:
        """Return the name of a day."""
        return list(self.words)[value]

    def restore(self, stored: Any) -> int:
        """Return the number of a day."""
        found: int = self._read(stored, sound=stored in range(len(self.words)))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Choice):
    """One of the names that the service knows. known: those of its vocabulary."""

    known: Callable[[Vocabulary], Collection[str]]

    def choices(self, vocabulary: Vocabulary) -> Collection[str]:
        """Return the names that there are."""
        return self.known(vocabulary)

    def restore(self, stored: Any) -> Any:
        """Return the name of a column, whether or not it is known today."""
        return self._read(stored, sound=isinstance(stored, str))
