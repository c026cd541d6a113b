"""`digest sources`: the live sources, their state, and asking them now."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples, parse_date

if TYPE_CHECKING:
    from digest.sources.reports import ListReport
    from digest.sources.rules.source_state import SourceStatus

group = typer.Typer(
    help="Show each live source and its state; exit code 1 when one needs attention. "
    "--json prints one object per line."
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="sources", epilog=examples("digest sources", "digest sources --json"))


@group.callback(invoke_without_command=True)
def show(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show each live source and its state; exit code 1 when one needs attention."""
    if context.invoked_subcommand:
        return
    line: CommandLine = context.obj
    statuses = line.app.source_fetcher.statuses()
    table = line.table("", "source", "kind", "state", "newest list", "last asked", "words")
    for one in statuses:
        if as_json:
            line.json(_to_json(one))
        else:
            table.add_row(*_row(one))
    if statuses and not as_json:
        line.show(table)
    elif not statuses:
        line.remark("There are no sources: DIGEST_SOURCES is not set, or its file is empty.")
    raise typer.Exit(0 if all(one.is_well for one in statuses) else 1)


@group.command(
    epilog=examples(
        "digest sources fetch",
        "digest sources fetch hf --date 2026-11-20",
        "digest sources fetch --dry-run",
    )
)
def fetch(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="One source; default: all.")] = "",
    on: Annotated[
        date | None,
        typer.Option(
            "--date",
            parser=parse_date,
            metavar="DATE",
            help="The lists of this day; default: today.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask and show the answer; store nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Ask live sources now, due or not, and load their lists.

    --json prints one object per list. Exit code 1 when one did not answer or an entry was refused.
    """
    line: CommandLine = context.obj
    fetcher = line.app.source_fetcher
    reports = fetcher.try_out(name, on) if dry_run else fetcher.fetch(name, on)
    table = line.table("", "source", "date", "status", "listed", "new", "revised", "refused")
    for report in reports:
        if as_json:
            line.json(report.to_json())
        else:
            table.add_row(*_counts(report))
    if not as_json:
        line.show(table)
        for report in reports:
            if report.reason:
                line.remark(f"{report.source}: {report.reason}")
    troubled = any(one.refused or one.status in ("failed", "busy", "undated") for one in reports)
    raise typer.Exit(1 if troubled else 0)


def _row(one: "SourceStatus") -> list[str]:
    state = one.state
    newest = str(state.last_date) if state and state.last_date else ""
    asked = f"{state.last_attempt_at:%Y-%m-%d %H:%M}" if state and state.last_attempt_at else ""
    return [one.name, one.kind, one.health, newest, asked, one.words.partition(": ")[2]]


def _to_json(one: "SourceStatus") -> dict[str, object]:
    state = one.state
    times = ("last_attempt_at", "last_success_at", "last_new_at")
    found = {name: getattr(state, name, None) for name in times}
    return {
        "source": one.name,
        "kind": one.kind,
        "state": one.health,
        "since": one.since.isoformat() if one.since else None,
        "words": one.words,
        **{name: time.isoformat() if time else None for name, time in found.items()},
        "last_date": state.last_date.isoformat() if state and state.last_date else None,
        "last_new": state.last_new if state else 0,
        "failures": state.failures if state else 0,
    }


def _counts(report: "ListReport") -> list[str]:
    tally = report.tally
    counts = (report.listed, tally.new, tally.revised, report.refused)
    day = str(report.date) if report.date else ""
    return [report.source, day, report.status, *(f"{count:,}" for count in counts)]
