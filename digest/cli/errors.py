"""What a command that failed says, to people and to programs."""

import sys
from typing import Any, NoReturn

import typer

from digest.errors import DigestError
from digest.ground.text.printable import printable


def end_with(exc: DigestError) -> NoReturn:
    """Say on standard error what went wrong and what to do, and end with the error's exit code.

    Lines behind the first are set in, so that none of them looks like a message of its own.
    """
    for what, said in (("error", str(exc)), ("hint", exc.hint)):
        for place, line in enumerate(said.splitlines()):
            typer.echo(f"{'  ' if place else f'{what}: '}{printable(line)}", err=True)
    sys.exit(exc.exit_code)


def as_json(exc: DigestError | typer.TyperException) -> dict[str, Any]:
    """Return an error as programs read it; the hint is the help of whose words were wrong."""
    if isinstance(exc, DigestError):
        return exc.to_json()
    words = ["digest", *_command_of(getattr(exc, "ctx", None)), "--help"]
    return {"error": exc.format_message(), "hint": " ".join(words), "exit_code": exc.exit_code}


def _command_of(ctx: Any) -> list[str]:
    """Return the words of a command, without that of the program."""
    if ctx is None or ctx.parent is None:
        return []
    return [*_command_of(ctx.parent), ctx.info_name or ""]
