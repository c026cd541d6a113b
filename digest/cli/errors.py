"""What a command that failed says to programs."""

import json
from typing import Any

import typer
from typer.core import TyperGroup

from digest.errors import DigestError

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
                typer.echo(json.dumps(_to_json(exc), ensure_ascii=False))
            raise


def _to_json(exc: DigestError | typer.TyperException) -> dict[str, Any]:
    if isinstance(exc, DigestError):
        return exc.to_json()
    return {"error": exc.format_message(), "hint": "", "exit_code": exc.exit_code}
