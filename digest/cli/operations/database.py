"""`digest init`."""

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("digest init"))(init)


def init(context: typer.Context, as_json: JsonOption = False) -> None:
    """Create the database, or upgrade it. Running it again is harmless."""
    line: CommandLine = context.obj
    before, after = line.app.init()
    name = line.app.database_name
    if as_json:
        line.json({"database": name, "before": before, "schema": after})
    elif before == after:
        line.say(f"{name} is ready (schema {after}); nothing to do.")
    else:
        done = f"upgraded from schema {before} to" if before else "created with schema"
        line.say(f"{name}: {done} {after}.")
