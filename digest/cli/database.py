"""`digest init` and `digest status`."""

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=examples("digest init"))(init)
    app.command(epilog=examples("digest status", "digest status --json"))(status)


def init(context: typer.Context, as_json: JsonOption = False) -> None:
    """Create the database, or upgrade it; again is harmless."""
    line: CommandLine = context.obj
    before, after = line.app.init()
    name = line.app.database_name
    if as_json:
        line.json({"database": name, "before": before, "schema": after})
    elif before == after:
        line.say(f"{name} is ready (schema {after}), nothing to do.")
    else:
        done = f"upgraded from schema {before} to" if before else "created with schema"
        line.say(f"{name}: {done} {after}.")


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show what there is: subscribers, papers, the newest edition and how it stands."""
    from digest.services import reports

    line: CommandLine = context.obj
    found = {"database": line.app.database_name, **reports.status(line.app.database)}
    if as_json:
        line.json(found)
        return
    line.facts({name.replace("_", " "): _words(value) for name, value in found.items()})


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {count}" for key, count in value.items()) or "none"
    return "none" if value is None else str(value)
