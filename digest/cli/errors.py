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


def as_json(exc: DigestError | typer.TyperException, command: str) -> dict[str, Any]:
    """Return an error as programs read it. command: whose words were wrong; empty: none's."""
    if isinstance(exc, DigestError):
        return exc.to_json()
    hint = f"digest {command} --help" if command else "digest --help"
    return {"error": exc.format_message(), "hint": hint, "exit_code": exc.exit_code}
