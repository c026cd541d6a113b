"""All commands together: found by name, listed in groups, and how one of them ends."""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from digest.cli.errors import as_json
from digest.cli.groups import GROUPS, MODULES
from digest.cli.parameters import convert_ourselves, convert_own_options
from digest.cli.terminal import Terminal
from digest.errors import DigestError

GONE = 141  # what a shell says of a program that SIGPIPE ended: 128 + 13
_AS_JSON = "digest.cli.as_json"


class _ByName(Mapping[str, Any]):
    """The commands by name, in the order of the help; one is imported when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        return commands_of(MODULES[name])[name]

    def __iter__(self) -> Iterator[str]:
        return (name for lines in GROUPS.values() for name in lines)

    def __len__(self) -> int:
        return len(MODULES)


@cache
def commands_of(module: str) -> Mapping[str, Any]:
    """Import a module of commands and return what it registers, by name."""
    part = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    import_module(f"digest.cli.{module}").register(part)
    return typer.main.get_group(part).commands


class Commands(TyperGroup):
    """All commands. With --json, an error is an object on standard output too.

    For people it is on standard error in any case, and the exit code is the same.
    """

    def __init__(self, **words: Any) -> None:
        super().__init__(**words | {"commands": _ByName()})

    def list_commands(self, _ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return list(self.commands)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command; None when there is none of this name."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            convert_ourselves(command, ctx)
        return command

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """Write the commands in groups, one line each."""
        widest = max(len(name) for lines in GROUPS.values() for name in lines)
        for heading, lines in GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(widest), line) for name, line in lines.items()])

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Note whether JSON is wanted, which a command whose words are wrong cannot say."""
        ctx.meta[_AS_JSON] = "--json" in args
        convert_own_options(self, ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (DigestError, typer.TyperException) as exc:
            if ctx.meta[_AS_JSON]:
                Terminal().json(as_json(exc))
            raise
        except BrokenPipeError:  # whoever read our output has gone, as in `digest papers | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in our buffers goes nowhere
            raise typer.Exit(GONE) from None
