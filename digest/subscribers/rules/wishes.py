"""What the records of a file wish: what can be met of it, and what cannot."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from digest.model import Preferences
from digest.subscribers.rules.field_kinds import Mistake
from digest.subscribers.rules.preference_fields import FIELDS
from digest.subscribers.rules.preferences import default_preferences, remarks_on, with_wishes
from digest.subscribers.rules.vocabulary import Vocabulary

_FIELDS = {field.name: field for field in FIELDS}
_KEPT = 4096  # understood texts: wishes repeat from record to record
_LONGEST_KEPT = 500  # characters


class Wishes(NamedTuple):
    """What a record wishes. by_field: only what is wished, and can be met; not to be changed.

    mistakes: (field, what cannot be met of it). remarks: what was understood otherwise.
    preferences: of a new subscriber who wishes this.
    """

    by_field: Mapping[str, Any]
    mistakes: tuple[tuple[str, Mistake], ...]
    remarks: tuple[str, ...]
    preferences: Preferences


class _Parsed(NamedTuple):
    """What one text wishes. can_be_met: all of it, or of topics and phrases some."""

    value: Any
    mistakes: tuple[Mistake, ...]
    remarks: tuple[str, ...]
    can_be_met: bool


class WishParser:
    """Makes wishes of the texts of a file; what was understood once is remembered."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._defaults = default_preferences(vocabulary)
        self._known = lru_cache(_KEPT)(self._parse)
        self._known_together = lru_cache(_KEPT)(self._together)

    def parse(self, texts: Mapping[str, str]) -> Wishes:
        """Return what texts wish, by the field's name; other texts are let pass.

        Fields that are blank, or cannot be met, are not there. Of topics and phrases those are left
        that can be met.
        """
        said = tuple([pair for pair in texts.items() if pair[0] in _FIELDS])
        is_short = sum([len(text) for _, text in said]) <= _LONGEST_KEPT
        return (self._known_together if is_short else self._together)(said)

    def _together(self, said: tuple[tuple[str, str], ...]) -> Wishes:
        wishes: dict[str, Any] = {}
        mistakes: list[tuple[str, Mistake]] = []
        remarks: tuple[str, ...] = ()
        for name, text in said:
            if not (plain := text.strip()):
                continue
            parsed = (self._known if len(plain) <= _LONGEST_KEPT else self._parse)(name, plain)
            mistakes += [(name, mistake) for mistake in parsed.mistakes]
            remarks += parsed.remarks
            if parsed.can_be_met:
                wishes[name] = parsed.value
        return Wishes(wishes, tuple(mistakes), remarks, with_wishes(self._defaults, wishes))

    def _parse(self, name: str, text: str) -> _Parsed:
        found: list[Mistake] = []
        field = _FIELDS[name]
        plain = field.split(text)
        value = field.check(plain, self._vocabulary, found)
        remarks = remarks_on({name: plain}, self._vocabulary) if name == "topics" else ()
        some = isinstance(value, Mapping | tuple) and bool(value)
        return _Parsed(value, tuple(found), tuple(remarks), some or not found)
