"""`digest config`: every setting, its value, and where it came from."""

from typing import Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.errors import SettingsError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "digest config --changed", "digest config --search smtp", "digest config --json"
        )
    )(config)


def config(
    context: typer.Context,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only settings whose value is not the default.")
    ] = False,
    search: Annotated[
        str, typer.Option(metavar="TEXT", help="Only settings with this in their name.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Show every setting, its value and where it came from.

    Keys and passwords are hidden. Opens no database. Exit code 2 when a value cannot be used.
    """
    from digest.setting_origins import list_mistakes, list_values
    from digest.settings import unknown_names

    line: CommandLine = context.obj
    found = [
        one
        for one in list_values()
        if search.lower() in one.name.lower() and not (changed and one.is_default)
    ]
    mistakes, unknown = list_mistakes(), unknown_names()
    if as_json:
        settings = [one.to_json() for one in found]
        line.json({"settings": settings, "mistakes": mistakes, "unknown": unknown})
        raise typer.Exit(SettingsError.exit_code if mistakes else 0)
    table = line.table("", "setting", "value", "from")
    for one in found:
        table.add_row(one.name, one.value, one.origin)
    line.show(table)
    for name in unknown:
        line.remark(f"warning: {name} is not a setting; .env.example lists them all")
    if mistakes:
        raise SettingsError("\n".join(mistakes), hint="compare with .env.example")
