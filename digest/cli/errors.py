"""What a command that failed says to programs."""

import json
import os
from typing import Any

import typer
from typer.core import TyperGroup

from digest.errors import DigestError

GONE = 141  # what a shell says of a program that SIGPIPE ended: 128 + 13
_AS_JSON = "digest.cli.as_json"


class Commands(TyperGroup):
    """All commands. With --json, an error is an object on standard output too.

    For people it is on standard error in any case, and the exit code is the same.
    """

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
                said = _to_json(exc, ctx.invoked_subcommand or "")
                typer.echo(json.dumps(said, ensure_ascii=False))
            raise
        except BrokenPipeError:  # whoever read our output has gone, as in `digest papers | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in our buffers goes nowhere
            raise typer.Exit(GONE) from None


def _to_json(exc: DigestError | typer.TyperException, command: str) -> dict[str, Any]:
    if isinstance(exc, DigestError):
        return exc.to_json()
    hint = f"digest {command} --help" if command else "digest --help"
    return {"error": exc.format_message(), "hint": hint, "exit_code": exc.exit_code}
