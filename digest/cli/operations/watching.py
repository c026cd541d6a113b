"""`digest status`, `digest runs`, `digest alerts`: the state now, the last runs, what is wrong."""

from typing import Annotated, Any

import typer

from digest.cli.command_line import CommandLine, JsonOption, TimeOption, examples
from digest.errors import SettingsError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=examples("digest status", "digest status --json"))(status)
    app.command(epilog=examples("digest runs", "digest runs --limit 1 --json"))(runs)
    app.command(epilog=examples("digest alerts", "digest alerts --send"))(alerts)


def status(context: typer.Context, now: TimeOption = None, as_json: JsonOption = False) -> None:
    """Show the state of the service: readers, newest edition, queue, alerts and disk."""
    line: CommandLine = context.obj
    service = line.make_app(now=now) if now else line.app
    found = {"database": service.database_name, **service.operations.status()}
    if as_json:
        line.json(found)
        return
    shown = {
        **found,
        "last_run": _in_short(found["last_run"]),
        "stopped": _stopped(found["stopped"]),
        "alerts": [each["title"] for each in found["alerts"]],
    }
    line.facts({name.replace("_", " "): words(value) for name, value in shown.items()})


def runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="Show at most this many runs.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the newest runs with their reports; --json prints one object per line."""
    from digest.runs.runs import newest

    line: CommandLine = context.obj
    table = line.table("", "run", "kind", "started", "ended", "mails", "trouble")
    for run in newest(line.app.database, limit):
        if as_json:
            line.json(run)
            continue
        done = run["report"].get("run", {})
        mails = ", ".join(f"{count} {state}" for state, count in done.items())
        times = (run["started_at"][:19], run["finished_at"][:19])
        table.add_row(run["run"], run["kind"], *times, mails, run["trouble"])
    if not as_json:
        line.console.print(table)


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
    if as_json:
        each = ("name", "title", "text", "remedy")
        line.json({"troubles": [{name: getattr(one, name) for name in each} for one in found]})
    for one in found if not as_json else ():
        line.say(f"{one.title}: {one.text}", style="bold")
        line.say(f"  {one.remedy}")
    if not found and not as_json:
        line.say("Nothing is wrong.")
    raise typer.Exit(1 if found else 0)


def _stopped(stop: dict[str, str] | None) -> str:
    return f"{stop['kind']} since {stop['since'][:19]} UTC: {stop['reason']}" if stop else ""


def _in_short(run: dict[str, Any] | None) -> str:
    if run is None:
        return ""
    return f"{run['run']}, ended {run['finished_at'][:19]} UTC, trouble: {run['trouble'] or 'none'}"


def words(value: Any) -> str:
    """Return a value of the status as people read it."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {words(each)}" for key, each in value.items()) or "none"
    if isinstance(value, list):
        return "\n".join(words(each) for each in value) or "none"
    return "none" if value is None or value == "" else str(value)
