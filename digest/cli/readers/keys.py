"""`digest keys`: who may use the API, and for what."""

from typing import Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples

group = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="keys")


Name = Annotated[str, typer.Argument(help="What the key is for, such as newsroom.")]


@group.command(
    epilog=examples("digest keys add newsroom --scope ingest:write --scope editions:write")
)
def add(
    context: typer.Context,
    name: Name,
    scope: Annotated[
        list[str],
        typer.Option(
            help="What it may do: subscribers:read, subscribers:write, deliveries:read, "
            "ingest:write, editions:write, send:write. Repeat for each."
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Create a key. Its secret is printed only once and stored nowhere."""
    from digest.api_keys import keys

    line: CommandLine = context.obj
    by_name = {each.value: each for each in keys.Scope}
    if unknown := [each for each in scope if each not in by_name]:
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {', '.join(by_name)}")
    scopes = [by_name[each] for each in scope]
    secret = keys.add(line.app.database, name, scopes, line.app.clock())
    if as_json:
        line.json({"name": name, "scopes": sorted(set(scope)), "secret": secret})
        return
    line.say(secret)
    line.remark("This is shown once. Send it as: Authorization: Bearer SECRET")


@group.command("list", epilog=examples("digest keys list --json"))
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the keys and when each was last used, to the hour; --json prints an object per line."""
    from digest.api_keys import keys

    line: CommandLine = context.obj
    table = line.table("", "name", "scopes", "made", "last used", "revoked")
    for one in keys.list_all(line.app.database):
        times = [
            moment.isoformat() if moment else None
            for moment in (one.created_at, one.last_used_at, one.revoked_at)
        ]
        if as_json:
            names = ("created_at", "last_used_at", "revoked_at")
            line.json(
                {
                    "name": one.name,
                    "scopes": list(one.scopes),
                    **dict(zip(names, times, strict=True)),
                }
            )
        else:
            table.add_row(one.name, ", ".join(one.scopes), *(each or "" for each in times))
    if not as_json:
        line.show(table)


@group.command(epilog=examples("digest keys revoke newsroom"))
def revoke(context: typer.Context, name: Name, as_json: JsonOption = False) -> None:
    """Revoke a key at once and for good. Exit code 4 when there is no such key."""
    from digest.api_keys import keys

    line: CommandLine = context.obj
    keys.revoke(line.app.database, name, line.app.clock())
    if as_json:
        line.json({"name": name, "revoked": True})
    else:
        line.say(f"{name} is revoked.")
