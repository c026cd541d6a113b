"""All commands together: their help in groups, and what one that failed says."""

import os
import sys
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from digest.cli.groups import GROUPS
from digest.cli.terminal import Terminal
from digest.errors import DigestError
from digest.ground.text.printable import printable

GONE = 141  # what a shell says of a program that SIGPIPE ended: 128 + 13
_AS_JSON = "digest.cli.as_json"


class Commands(TyperGroup):
    """All commands. With --json, an error is an object on standard output too.

    For people it is on standard error in any case, and the exit code is the same.
    """

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """Write the commands in groups, one line each."""
        widest = max(len(name) for lines in GROUPS.values() for name in lines)
        for heading, lines in GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(widest), line) for name, line in lines.items()])

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Note whether JSON is wanted, which a command whose words are wrong cannot say."""
        ctx.meta[_AS_JSON] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (DigestError, typer.TyperException) as exc:
            if ctx.meta[_AS_JSON]:
                Terminal().json(_to_json(exc, ctx.invoked_subcommand or ""))
            raise
        except BrokenPipeError:  # whoever read our output has gone, as in `digest papers | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in our buffers goes nowhere
            raise typer.Exit(GONE) from None


def end_with(exc: DigestError) -> NoReturn:
    """Say on standard error what went wrong and what to do, and end with the error's exit code.

    Lines behind the first are set in, so that none of them looks like a message of its own.
    """
    for what, said in (("error", str(exc)), ("hint", exc.hint)):
        for place, line in enumerate(said.splitlines()):
            typer.echo(f"{'  ' if place else f'{what}: '}{printable(line)}", err=True)
    sys.exit(exc.exit_code)


def _to_json(exc: DigestError | typer.TyperException, command: str) -> dict[str, Any]:
    if isinstance(exc, DigestError):
        return exc.to_json()
    hint = f"digest {command} --help" if command else "digest --help"
    return {"error": exc.format_message(), "hint": hint, "exit_code": exc.exit_code}
