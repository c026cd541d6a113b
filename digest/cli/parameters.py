"""Reading the words of a command line without pydantic, where nothing has to be converted.

Typer makes a pydantic adapter for every option, also for those that are left out: 0.1 s. It has no
place to say otherwise, so this sets what its parameters keep for themselves; a test of what is
imported (`tests/cli/test_start.py`) notices when that has become another thing.
"""

from dataclasses import dataclass
from typing import Any

from typer._coercion import RuntimeParam, TypeDescriptor, build_runtime_param
from typer.core import TyperGroup


@dataclass(frozen=True)
class _AsNeeded(RuntimeParam):
    """Converts what was given, and is no text that stays one, as Typer does."""

    descriptor: TypeDescriptor

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value for the command."""
        is_list = param.multiple or param.nargs == -1
        if value is None:
            return () if is_list else None
        is_default = not isinstance(value, str)  # what is typed is a text
        stays_text = self.annotation is str and not self.parameter_info.parser
        if not is_list and (is_default or stays_text):
            return value
        return self._coerce_value(value, param=param, ctx=ctx)

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        return build_runtime_param(self.descriptor).coerce(value, param=param, ctx=ctx)


def convert_as_needed(command: Any, ctx: Any) -> None:
    """Let a command, or all commands of a group, convert only what has to be."""
    convert_options_as_needed(command, ctx)
    if isinstance(command, TyperGroup):
        for one in command.commands.values():
            convert_as_needed(one, ctx)


def convert_options_as_needed(command: Any, ctx: Any) -> None:
    """Let a command, or a group itself, convert only what has to be; `--help` is an option too."""
    for param in command.get_params(ctx):
        descriptor = param.type_descriptor
        parts = (descriptor.parameter_info, descriptor.annotation, descriptor)
        param._runtime_param = _AsNeeded(*parts)
