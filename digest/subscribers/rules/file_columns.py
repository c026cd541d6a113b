"""What the columns of a reader's file are taken as: by name, by system, or as somebody says."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from digest.errors import InputError
from digest.subscribers.rules.header_names import (
    ALLOWED,
    BARRED,
    BARS,
    EMAIL,
    FIRST_NAME,
    HARMLESS,
    LAST_NAME,
    NAME,
    PEOPLE,
    PERMISSIONS,
    PLAIN,
    STATUS,
    STATUSES,
    SYSTEMS,
    TELLING,
    ListSystem,
    squeezed,
)
from digest.subscribers.rules.preference_fields import FIELDS
from digest.subscribers.rules.spreadsheet_cells import restored
from digest.subscribers.rules.standing import Bar, bar

DOUBTFUL = "doubtful"
_STANDING = (STATUS, ALLOWED, BARRED)
TARGETS = (EMAIL, NAME, FIRST_NAME, LAST_NAME, *(one.name for one in FIELDS), *_STANDING)
_OWN = {squeezed(one.name): one.name for one in FIELDS}
_LONGEST_SHOWN = 60
_MOST_LISTED = 30


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """What somebody says about the columns of a file.

    mapping: (what it is taken as, one of TARGETS; the column's name). ignored: columns of which no
    notice is taken, whatever their names say.
    """

    mapping: Sequence[tuple[str, str]] = ()
    ignored: Collection[str] = ()

    @classmethod
    def parse(cls, mapping: Sequence[str], ignored: Sequence[str] = ()) -> "ColumnNames":
        """Read "email=E-Mail Address"; InputError for what is not of this form."""
        pairs = []
        for text in mapping:
            target, equals, name = text.partition("=")
            if not equals or target.strip() not in TARGETS or not name.strip():
                raise InputError(
                    f"{text!r} maps no column: it reads as in email=E-Mail Address",
                    hint=f"a column can be {', '.join(TARGETS)}",
                )
            pairs.append((target.strip(), name.strip()))
        return cls(tuple(pairs), tuple(ignored))


@dataclass(frozen=True, slots=True)
class Column:
    """A column. name: as the file has it; use: one of TARGETS, PLAIN or DOUBTFUL."""

    name: str
    use: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file, in their order. system: who wrote it; None when that is not known."""

    columns: tuple[Column, ...]
    system: ListSystem | None = None
    _places: Mapping[str, list[int]] = field(default_factory=dict)
    _standing: tuple[int, ...] = ()

    @property
    def doubtful(self) -> list[str]:
        """The columns that may say who must not be mailed: nobody knows."""
        return [shown(one.name) for one in self.columns if one.use == DOUBTFUL]

    @property
    def plain(self) -> list[str]:
        """The columns of which no notice is taken."""
        return [shown(one.name) for one in self.columns if one.use == PLAIN and one.name]

    @property
    def taken(self) -> list[tuple[str, str]]:
        """The others, and what each is taken as."""
        return [(shown(one.name), one.use) for one in self.columns if one.use != PLAIN]

    @property
    def has_addresses(self) -> bool:
        """Whether there is a column of addresses."""
        return EMAIL in self._places

    def check(self) -> None:
        """Raise InputError when the file cannot be used as it is."""
        if not self.has_addresses:
            names = _listed([one.name for one in self.columns])
            raise InputError(
                f"there is no column `email`, and none that is known to hold addresses: {names}",
                hint='say which it is, as in --map email="E-Mail Address"',
            )
        if len(self._places[EMAIL]) > 1:
            names = " and ".join(
                repr(shown(self.columns[place].name)) for place in self._places[EMAIL]
            )
            raise InputError(
                f"more than one column holds addresses: {names}",
                hint="say which it is, as in --map email=COLUMN",
            )
        if self.doubtful:
            names = _listed(self.doubtful)
            raise InputError(
                f"nobody is imported: {names} may say who must not be mailed. Map each to status, "
                "allowed or barred, or ignore it",
                hint=f'--map status="{self.doubtful[0]}" or --ignore "{self.doubtful[0]}"',
            )

    def texts(self, cells: Sequence[str]) -> dict[str, str]:
        """Return what a record says, by target, without blanks around and as it was before
        `spreadsheet_cells.harmless`; of two columns the first that is filled counts."""
        found: dict[str, str] = {}
        count = len(cells)
        for target, places in self._places.items():
            for place in places:
                if place < count and (cell := cells[place]) and not cell.isspace():
                    found[target] = restored(cell).strip() if "'" in cell else cell.strip()
                    break
        return found

    def bar(self, cells: Sequence[str]) -> Bar | None:
        """Return why a record's reader must not be mailed; None when nothing says so."""
        fine = self.system.fine if self.system else ()
        for place in self._standing:
            column = self.columns[place]
            cell = cells[place] if place < len(cells) else ""
            if found := bar(shown(column.name), column.use, cell, fine):
                return found
        return None


def shown(name: str) -> str:
    """Return a name that can be printed anywhere."""
    return "".join(letter if letter.isprintable() else " " for letter in name)[:_LONGEST_SHOWN]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return ", ".join(repr(shown(one)) for one in names[:_MOST_LISTED]) + more


def recognise(names: Sequence[str], said: ColumnNames) -> Columns:
    """Return what columns of these names are taken as.

    InputError when something is said of a column that is not there.
    """
    squeezed_names = [squeezed(name) for name in names]
    system = next((one for one in SYSTEMS if one.wrote(squeezed_names)), None)
    uses = [_use(name, system) for name in squeezed_names]
    told = {target for target, _ in said.mapping if target not in _STANDING}
    uses = [PLAIN if use in told else use for use in uses]
    for name in said.ignored:
        for place in _find(name, names):
            uses[place] = PLAIN
    for target, name in said.mapping:
        for place in _find(name, names):
            uses[place] = target
    columns = tuple(Column(name, use) for name, use in zip(names, uses, strict=True))
    places: dict[str, list[int]] = {}
    for place, use in enumerate(uses):
        if use not in (*_STANDING, PLAIN, DOUBTFUL):
            places.setdefault(use, []).append(place)
    standing = tuple(place for place, use in enumerate(uses) if use in _STANDING)
    return Columns(columns, system, places, standing)


def _use(name: str, system: ListSystem | None) -> str:
    """Return what a squeezed name stands for."""
    if system is not None and name in system.meanings:
        return system.meanings[name]
    if name in BARS:
        return BARRED
    for known in (PEOPLE, _OWN, STATUSES, PERMISSIONS, HARMLESS):
        if name in known:
            return known[name]
    return DOUBTFUL if TELLING.search(name) else PLAIN


def _find(name: str, names: Sequence[str]) -> Iterator[int]:
    """Yield where a column is: by its exact name, else by the squeezed one."""
    places = [place for place, one in enumerate(names) if one.strip() == name.strip()]
    places = places or [
        place for place, one in enumerate(names) if squeezed(one) == squeezed(name) != ""
    ]
    if not places:
        raise InputError(f"there is no column {shown(name)!r}; there are {_listed(names)}")
    yield from places
