"""What the records of a file wish: what can be met of it, and what cannot."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from digest.subscribers.rules.field_kinds import Mistake
from digest.subscribers.rules.preference_fields import FIELDS
from digest.subscribers.rules.vocabulary import Vocabulary

_FIELDS = {field.name: field for field in FIELDS}
_KEPT = 4096  # parsed texts: wishes repeat from record to record
_LONGEST_KEPT = 500  # characters


class _Parsed(NamedTuple):
    value: Any
    mistakes: tuple[Mistake, ...]

    @property
    def can_be_met(self) -> bool:
        """Whether there is something to wish; of topics and phrases some can be left."""
        some = isinstance(self.value, Mapping | tuple) and bool(self.value)
        return some or not self.mistakes


class WishParser:
    """Makes wishes of the texts of a file; what was understood once is remembered."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._known = lru_cache(_KEPT)(self._parse)

    def parse(self, texts: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, Mistake]]]:
        """Return the wishes by the field's name, and (field, what cannot be met of it).

        Only what is wished is returned: fields that are blank, or cannot be met, are not there. Of
        topics and phrases those are left that can be met.
        """
        wishes, mistakes = {}, []
        for name in _FIELDS.keys() & texts.keys():
            if not (text := texts[name].strip()):
                continue
            parsed = (self._known if len(text) <= _LONGEST_KEPT else self._parse)(name, text)
            mistakes += [(name, mistake) for mistake in parsed.mistakes]
            if parsed.can_be_met:
                wishes[name] = parsed.value
        return wishes, mistakes

    def _parse(self, name: str, text: str) -> _Parsed:
        found: list[Mistake] = []
        value = _FIELDS[name].parse(text, self._vocabulary, found)
        return _Parsed(value, tuple(found))
