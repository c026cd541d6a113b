"""What the records of a file wish: what can be met of it, and what cannot.

Lists (topics, phrases) differ from record to record, and of all else there are few combinations. So
each list and each combination is understood once, and a record is made of what is ready.
"""

from collections.abc import Mapping
from functools import lru_cache, partial
from itertools import chain
from typing import Any, NamedTuple

from digest.model import DeliverySchedule
from digest.subscribers.rules.field_kinds import Mistake
from digest.subscribers.rules.preference_fields import FIELDS
from digest.subscribers.rules.preferences import default_preferences, remarks_on, with_wishes
from digest.subscribers.rules.vocabulary import Vocabulary

_FIELDS = {field.name: field for field in FIELDS}
_LISTS = tuple(field for field in FIELDS if field.is_list)
_OTHERS = tuple(field for field in FIELDS if not field.is_list)
_LIST_NAMES = tuple(field.name for field in _LISTS)
_OTHER_NAMES = tuple(field.name for field in _OTHERS)
_OWN = tuple(field for field in _OTHERS if not field.in_schedule)
COLUMNS = tuple(field.name for field in (*_LISTS, *_OWN))  # of a subscriber's own row
_KEPT = 8192  # understood texts: wishes repeat from record to record
_LONGEST_KEPT = 500  # characters


class _Parsed(NamedTuple):
    """What one text wishes. can_be_met: all of it, or of topics and phrases some.

    stored: as its column takes it.
    """

    name: str
    value: Any
    stored: Any
    mistakes: tuple[Mistake, ...] = ()
    remarks: tuple[str, ...] = ()
    can_be_met: bool = False


class _Others(NamedTuple):
    """What the texts that are no lists wish together. own: the values of their columns."""

    parsed: tuple[_Parsed, ...]
    own: tuple[Any, ...]
    schedule: DeliverySchedule
    has_mistakes: bool


class Wishes(NamedTuple):
    """What a record wishes. stored: the values of COLUMNS, and schedule: of who is new.

    Both are not to be changed, and are the same objects where the same is wished. is_odd: whether
    there are mistakes or remarks.
    """

    stored: tuple[Any, ...]
    schedule: DeliverySchedule
    lists: tuple[_Parsed, ...]
    others: tuple[_Parsed, ...]
    is_odd: bool

    @property
    def by_field(self) -> dict[str, Any]:
        """What is wished and can be met, by the field's name."""
        return {one.name: one.value for one in self._parsed if one.can_be_met}

    @property
    def mistakes(self) -> list[tuple[str, Mistake]]:
        """(field, what cannot be met of it)."""
        return [(one.name, mistake) for one in self._parsed for mistake in one.mistakes]

    @property
    def remarks(self) -> list[str]:
        """What was understood otherwise."""
        return [remark for one in self._parsed for remark in one.remarks]

    @property
    def _parsed(self) -> "chain[_Parsed]":
        return chain(self.lists, self.others)


class WishParser:
    """Makes wishes of the texts of a file; what was understood once is remembered."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._defaults = default_preferences(vocabulary)
        self._known_together = lru_cache(_KEPT)(self._together)
        self._lists = [
            (name, lru_cache(_KEPT)(partial(self._parse, name)), self._default(name))
            for name in _LIST_NAMES
        ]

    def parse(self, texts: Mapping[str, str]) -> Wishes:
        """Return what texts wish, by the field's name; other texts are let pass.

        Fields that are blank, or cannot be met, are not there. Of topics and phrases those are left
        that can be met.
        """
        said = tuple(map(texts.get, _OTHER_NAMES))
        is_short = sum(map(len, filter(None, said))) <= _LONGEST_KEPT
        others = (self._known_together if is_short else self._together)(said)
        is_odd = others.has_mistakes
        lists = []
        for name, known, one in self._lists:
            if (text := texts.get(name)) and (plain := text.strip()):
                one = known(plain) if len(plain) <= _LONGEST_KEPT else self._parse(name, plain)
                is_odd = is_odd or bool(one.mistakes or one.remarks)
            lists.append(one)
        stored = (*[one.stored for one in lists], *others.own)
        return Wishes(stored, others.schedule, tuple(lists), others.parsed, is_odd)

    def _together(self, said: tuple[str | None, ...]) -> _Others:
        given = zip(_OTHER_NAMES, said, strict=True)
        parsed = tuple(
            self._parse(name, plain) for name, text in given if (plain := (text or "").strip())
        )
        wished = {one.name: one.value for one in parsed if one.can_be_met}
        prefs = with_wishes(self._defaults, wished)
        own = tuple(field.store(field.of(prefs)) for field in _OWN)
        return _Others(parsed, own, prefs.schedule, any(one.mistakes for one in parsed))

    def _parse(self, name: str, text: str) -> _Parsed:
        found: list[Mistake] = []
        field = _FIELDS[name]
        plain = field.split(text)
        value = field.check(plain, self._vocabulary, found)
        remarks = remarks_on({name: plain}, self._vocabulary) if name == "topics" else ()
        can_be_met = (field.is_list and bool(value)) or not found
        used = value if can_be_met else self._default(name).value
        return _Parsed(name, value, field.store(used), tuple(found), tuple(remarks), can_be_met)

    def _default(self, name: str) -> _Parsed:
        value = _FIELDS[name].of(self._defaults)
        return _Parsed(name, value, _FIELDS[name].store(value))
