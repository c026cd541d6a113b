"""Reading the words of a command line by what each option takes, and saying what is wrong in ours.

Typer reads them by pydantic, which takes 0.15 s to import, and says what it thinks in its own
words. It has no place to say otherwise, so this sets what its parameters keep for themselves; a
test of what is imported (`tests/cli/test_start.py`) notices when that has become another thing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from typer import BadParameter
from typer._coercion import RuntimeParam
from typer.core import TyperGroup
from typer.models import ParameterInfo


@dataclass(frozen=True)
class _Typed(RuntimeParam):
    """Converts what was typed; a default that is no text stays what it is."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value for the command."""
        if param.multiple or param.nargs == -1:
            kind, *_ = get_args(self.annotation)
            return [self._read(one, kind, param, ctx) for one in value or ()]
        return self._read(value, self.annotation, param, ctx)

    def _read(self, value: Any, kind: Any, param: Any, ctx: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return read_word(value, kind, self.parameter_info)
        except ValueError as exc:
            raise BadParameter(str(exc), ctx=ctx, param=param) from None

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        return self._read(value, self.annotation, param, ctx)


def read_word(text: str, kind: Any, info: ParameterInfo) -> Any:
    """Return a typed word as the kind of value that an option takes, within its limits.

    Raises ValueError, in words for people.
    """
    read: Callable[[str], Any] = info.parser or kind
    if info.parser:
        return read(text)
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    if not choices and issubclass(kind, Enum):
        choices = tuple(kind)
    if choices:
        found = [choice for choice in choices if str(choice) == text]
        if not found:
            raise ValueError(f"{text!r} is none of {', '.join(map(str, choices))}")
        return found[0]
    if kind in (int, float):
        return _number(text, read, info)
    return read(text)


def _number(text: str, read: Callable[[str], Any], info: ParameterInfo) -> float:
    try:
        number: float = read(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not a {'whole number' if read is int else 'number'}"
        ) from None
    if info.min is not None and not number >= info.min:
        raise ValueError(f"{text} is less than {info.min:g}")
    if info.max is not None and not number <= info.max:
        raise ValueError(f"{text} is more than {info.max:g}")
    return number


def convert_ourselves(command: Any, ctx: Any) -> None:
    """Let a command, or all commands of a group, read its words by us."""
    convert_own_options(command, ctx)
    if isinstance(command, TyperGroup):
        for one in command.commands.values():
            convert_ourselves(one, ctx)


def convert_own_options(command: Any, ctx: Any) -> None:
    """Let a command, or a group itself, read its own words by us; `--help` is an option too."""
    for param in command.get_params(ctx):
        descriptor = param.type_descriptor
        param._runtime_param = _Typed(descriptor.parameter_info, descriptor.annotation)
