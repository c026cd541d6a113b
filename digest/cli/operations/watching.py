"""`digest runs`, `digest alerts`: what was done, and what is wrong now."""

from enum import StrEnum
from typing import Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, TimeOption, examples
from digest.errors import SettingsError


class Ended(StrEnum):
    """How a run ended."""

    WELL = "well"
    TROUBLE = "trouble"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=examples("digest runs --state trouble", "digest runs --limit 1 --json"))(
        runs
    )
    app.command(epilog=examples("digest alerts", "digest alerts --send"))(alerts)


def runs(
    context: typer.Context,
    state: Annotated[
        Ended | None, typer.Option(help="Only runs that ended well, or with trouble.")
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only those with this in their kind or trouble."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most this many runs.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the newest runs with their reports; --json prints one object per line."""
    from digest.runs.runs import newest

    line: CommandLine = context.obj
    troubled = None if state is None else state is Ended.TROUBLE
    found = newest(line.app.database, limit, troubled=troubled, search=search)
    if as_json:
        for run in found:
            line.json(run)
        return
    table = line.table("", "run", "kind", "started", "ended", "mails", "trouble")
    for run in found:
        done = run["report"].get("run", {})
        mails = ", ".join(f"{count} {state}" for state, count in done.items())
        times = (run["started_at"][:19], run["finished_at"][:19])
        table.add_row(run["run"], run["kind"], *times, mails, run["trouble"])
    line.show(table)


def alerts(
    context: typer.Context,
    send: Annotated[
        bool,
        typer.Option("--send", help="Also mail DIGEST_OPERATOR what they were not told today."),
    ] = False,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is wrong now and how to fix it; exit code 1 when something is."""
    line: CommandLine = context.obj
    service = line.make_app(now=now) if now else line.app
    if send and not service.settings.operator:
        raise SettingsError(
            "DIGEST_OPERATOR is missing: it is the address to mail.", hint="see .env.example"
        )
    found = service.operations.watch() if send else service.operations.alerts()
    if send:
        service.outbox.drain_if_possible()
    if as_json:
        each = ("name", "title", "text", "remedy")
        line.json({"troubles": [{name: getattr(one, name) for name in each} for one in found]})
    for one in found if not as_json else ():
        line.say(f"{one.title}: {one.text}", style="bold")
        line.say(f"  {one.remedy}")
    if not found and not as_json:
        line.say("Nothing is wrong.")
    raise typer.Exit(1 if found else 0)
