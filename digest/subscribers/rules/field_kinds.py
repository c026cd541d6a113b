"""The kinds of preferences: how each is checked, spelt in files, and kept in the database.

A value takes four shapes: text as files and forms have it; plain as JSON has it; the value of
`digest.model.Preferences`; and stored, as columns and records have it.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, NamedTuple

from digest.errors import InputError
from digest.ground.languages.marking import N_
from digest.model import DeliverySchedule, Preferences
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.topics.former_slugs import current

_NUMBER = re.compile(r"[0-9]{1,9}")
_PHRASE = re.compile(r"(?:\\[\\;]|[^;])+")  # \; is a semicolon within a phrase
_ESCAPED = re.compile(r"\\([\\;])")
_NEW = Preferences()


class Mistake(NamedTuple):
    """What is wrong with a value: a message to translate, and what stands at its places."""

    message: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return self.message % self.values


def at_most(most: int) -> Mistake:
    """Return the mistake of a list that is longer than `most`."""
    return Mistake(N_("at most %(most)s"), {"most": most})


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceField(ABC):
    """One preference. name: its attribute of Preferences or of its schedule, and its column.

    label: what the page calls it; help: a sentence for the command line and the API. initial: what
    the service wants for new subscribers; without it the default of Preferences counts. is_list:
    whether it holds several things, of which some can be right while others are not.
    """

    is_list: ClassVar[bool] = False

    name: str
    label: str
    help: str
    example: Any
    initial: Callable[[Vocabulary], Any] | None = None

    @property
    def in_schedule(self) -> bool:
        """Whether it says when mail goes out."""
        return self.name in DeliverySchedule.__dataclass_fields__

    def of(self, prefs: Preferences) -> Any:
        """Return its value."""
        return getattr(prefs.schedule if self.in_schedule else prefs, self.name)

    def default(self, vocabulary: Vocabulary | None = None) -> Any:
        """Return the value of a new subscriber."""
        if vocabulary is not None and self.initial is not None:
            return self.initial(vocabulary)
        return self.of(_NEW)

    def parse(self, given: Any, vocabulary: Vocabulary, mistakes: list[Mistake]) -> Any:
        """Return the value of a text or of a plain value; what is wrong is added to `mistakes`.

        None and blank text stand for the default.
        """
        if given is None or (isinstance(given, str) and not given.strip()):
            return self.default(vocabulary)
        plain = self.split(given) if isinstance(given, str) else given
        return self.check(plain, vocabulary, mistakes)

    def split(self, text: str) -> Any:
        """Return the plain value of a text, unchecked."""
        return text.strip()

    @abstractmethod
    def check(self, plain: Any, vocabulary: Vocabulary, mistakes: list[Mistake]) -> Any:
        """Return the value of a plain value; add what is wrong to `mistakes`.

        What is returned can be used even then: it is what is right of it, or the default.
        """

    def plain(self, value: Any) -> Any:
        """Return the value as JSON has it."""
        return value

    def text(self, value: Any) -> str:
        """Return the value as files have it."""
        return str(self.plain(value))

    def store(self, value: Any) -> Any:
        """Return the value as its column takes it."""
        return value

    def restore(self, stored: Any) -> Any:
        """Undo `store`; InputError for what `store` never makes."""
        return stored

    def _read(self, stored: Any, *, sound: bool) -> Any:
        """Return what is stored; InputError when it is not sound."""
        if not sound:
            raise InputError(f"the stored {self.name} cannot be read: {stored!r:.60}")
        return stored


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWeights(PreferenceField):
    """Topics with weights; in files "slug;slug:weight"."""

    is_list: ClassVar[bool] = True
    most: int
    greatest: float

    def split(self, text: str) -> dict[str, str]:
        """Return the weight of each topic as text; empty where none is given."""
        items = (item.partition(":") for item in text.split(";") if item.strip())
        return {slug.strip(): weight.strip() for slug, _, weight in items}

    def check(
        self, plain: Any, vocabulary: Vocabulary, mistakes: list[Mistake]
    ) -> dict[str, float]:
        """Return the weights. plain: numbers, or texts that say one (1 when they are empty)."""
        weights: dict[str, float] = {}
        for slug, given in plain.items():
            weight = self._weight(given)
            topics = current(slug, vocabulary.topics)
            if not topics:
                mistakes.append(
                    Mistake(N_("there is no topic %(slug)s"), {"slug": repr(slug[:60])})
                )
            elif weight is None:
                message = N_("the weight of %(slug)s must be over 0, %(most)s at most")
                mistakes.append(
                    Mistake(message, {"slug": repr(slug), "most": f"{self.greatest:g}"})
                )
            else:
                for one in topics:
                    weights[one] = max(weight, weights.get(one, weight))
        if len(weights) > self.most:
            mistakes.append(at_most(self.most))
            return dict(islice(weights.items(), self.most))
        return weights

    def text(self, value: Mapping[str, float]) -> str:
        """Return the topics as files have them."""
        return ";".join(f"{slug}:{weight}" for slug, weight in value.items())

    def plain(self, value: Mapping[str, float]) -> dict[str, float]:
        """Return the topics as JSON has them."""
        return dict(value)

    store = plain

    def restore(self, stored: Any) -> dict[str, float]:
        """Return the topics of a column."""
        sound = isinstance(stored, dict) and all(map(self._is_weight, stored.values()))
        found: dict[str, float] = self._read(stored, sound=sound)
        return found

    def _is_weight(self, value: object) -> bool:
        return isinstance(value, int | float) and 0 < value <= self.greatest

    def _weight(self, given: float | str) -> float | None:
        try:
            weight = float(given) if given != "" else 1.0
        except ValueError:
            return None
        return weight if 0 < weight <= self.greatest else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases(PreferenceField):
    r"""Phrases; in files with ";" between them, and "\;" for a semicolon within one.

    checked: which check of the vocabulary a phrase has to pass.
    """

    is_list: ClassVar[bool] = True
    most: int
    checked: Callable[[Vocabulary], Callable[[str], object]]

    def split(self, text: str) -> list[str]:
        """Return the phrases of a text."""
        return [_ESCAPED.sub(r"\1", item) for item in _PHRASE.findall(text)]

    def check(self, plain: Any, vocabulary: Vocabulary, mistakes: list[Mistake]) -> tuple[str, ...]:
        """Return the phrases, each once, with single blanks between words."""
        phrases = tuple(dict.fromkeys(filter(None, (" ".join(one.split()) for one in plain))))
        usable = []
        for phrase in phrases:
            if not phrase.isprintable():  # mails show it; PostgreSQL takes no NUL
                message = N_("%(phrase)s has a character that cannot be printed")
                mistakes.append(Mistake(message, {"phrase": repr(phrase)}))
                continue
            try:
                self.checked(vocabulary)(phrase)
                usable.append(phrase)
            except InputError as exc:
                mistakes.append(Mistake("%(reason)s", {"reason": exc}))
        if len(phrases) > self.most:
            mistakes.append(at_most(self.most))
        return tuple(usable[: self.most])

    def text(self, value: tuple[str, ...]) -> str:
        """Return the phrases as files have them."""
        return ";".join(one.replace("\\", "\\\\").replace(";", "\\;") for one in value)

    def plain(self, value: tuple[str, ...]) -> list[str]:
        """Return the phrases as JSON has them."""
        return list(value)

    store = plain

    def restore(self, stored: Any) -> tuple[str, ...]:
        """Return the phrases of a column."""
        are_texts = isinstance(stored, list | tuple) and all(isinstance(one, str) for one in stored)
        return tuple(self._read(stored, sound=are_texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeNumber(PreferenceField):
    """A number within bounds. offered: how the page spells each in a list; empty: it is typed."""

    least: int
    most: int
    offered: str = ""

    def check(self, plain: Any, vocabulary: Vocabulary, mistakes: list[Mistake]) -> Any:
        """Return the number. plain: a number, or digits that say one."""
        text = str(plain).strip()
        if _NUMBER.fullmatch(text) and self.least <= int(text) <= self.most:
            return int(text)
        values = {"given": repr(text[:40]), "least": self.least, "most": self.most}
        message = N_("%(given)s is not a number from %(least)s to %(most)s")
        mistakes.append(Mistake(message, values))
        return self.default(vocabulary)

    def restore(self, stored: Any) -> Any:
        """Return the number of a column."""
        sound = isinstance(stored, int) and self.least <= stored <= self.most
        return self._read(stored, sound=sound)
