"""What a reply may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

Value = str | int | date | tuple[int, ...] | None


class Kind(StrEnum):
    """What a command asks for. The comment says what its value is."""

    MORE = "more"  # numbers of papers in the mail, ascending
    LESS = "less"  # the same
    MUTE = "mute"  # a phrase
    UNMUTE = "unmute"  # a phrase
    FOLLOW = "follow"  # a topic by slug or name, or the phrase of an interest
    UNFOLLOW = "unfollow"  # the same
    CADENCE = "cadence"  # a word of `Cadence`
    WEEKDAY = "weekday"  # an English name in small letters
    HOUR = "hour"  # 0 to 23
    PAPERS = "papers"  # how many an email may hold
    LAYOUT = "layout"  # a word of `Layout`
    LANGUAGE = "language"  # a tag such as "de"
    PAUSE = "pause"  # the date on which mail goes on
    RESUME = "resume"
    STOP = "stop"
    UNDO = "undo"
    HELP = "help"


VOTES = (Kind.MORE, Kind.LESS)
ALONE = (Kind.STOP, Kind.UNDO, Kind.HELP)  # each is the only command of its mail
_MANY = (Kind.MUTE, Kind.UNMUTE, Kind.FOLLOW, Kind.UNFOLLOW)  # these can name several things
_OPPOSED = (
    *((Kind.MORE, Kind.LESS), (Kind.MUTE, Kind.UNMUTE), (Kind.FOLLOW, Kind.UNFOLLOW)),
    (Kind.MUTE, Kind.FOLLOW),
)


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    kind: Kind
    value: Value = None

    def __str__(self) -> str:
        if isinstance(self.value, tuple):
            return f"{self.kind} {' '.join(map(str, self.value))}"
        return self.kind.value if self.value is None else f"{self.kind} {self.value}"


def combined(commands: Sequence[Command]) -> tuple[Command, ...]:
    """Return the commands of a mail, each once and votes together; none where two contradict."""
    merged: dict[Kind, Command] = {}
    single: list[Command] = []
    for command in commands:
        before = merged.get(command.kind)
        if command.kind in VOTES and before is not None:
            numbers = tuple(sorted({*_numbers(before), *_numbers(command)}))
            merged[command.kind] = Command(command.kind, numbers)
        elif command.kind in _MANY:
            single.append(command)
        elif before is not None and before != command:
            return ()
        else:
            merged[command.kind] = command
    found = tuple(dict.fromkeys((*merged.values(), *single)))
    return () if _contradict(found) else found


def _contradict(commands: Sequence[Command]) -> bool:
    kinds = {command.kind for command in commands}
    if len(commands) > 1 and kinds.intersection(ALONE):
        return True
    if {Kind.PAUSE, Kind.RESUME} <= kinds:
        return True
    named = {kind: _named(commands, kind) for kind in Kind}
    return any(named[one] & named[other] for one, other in _OPPOSED)


def _named(commands: Sequence[Command], kind: Kind) -> set[int | str]:
    """Return what the commands of a kind are about: numbers of papers, or phrases."""
    named: set[int | str] = set()
    for command in commands:
        if command.kind is kind:
            named.update(_numbers(command) or (str(command.value).casefold(),))
    return named


def _numbers(command: Command) -> tuple[int, ...]:
    return command.value if isinstance(command.value, tuple) else ()
