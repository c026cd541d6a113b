"""`digest statistics`: figures over days, as the console draws them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from digest.cli.command_line import CommandLine, JsonOption, TimeOption, examples


class Name(StrEnum):
    """The tables."""

    READERS = "readers"
    MAILS = "mails"
    SENDING = "sending"
    FEEDBACK = "feedback"
    TOPICS = "topics"
    VOTES = "votes"
    RANKS = "ranks"
    SOURCES = "sources"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "digest statistics readers --days 90",
            "digest statistics feedback --json",
            "digest statistics topics --fresh",
            "digest statistics ranks --paper 1234",
        )
    )(statistics)


def statistics(
    context: typer.Context,
    name: Annotated[Name, typer.Argument(help="Which figures.")],
    days: Annotated[
        int, typer.Option(min=1, max=400, metavar="N", help="Of so many days up to today.")
    ] = 30,
    paper: Annotated[
        int | None, typer.Option(metavar="ID", help="Of this paper (`ranks`); see digest papers.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Count topics and votes now, not by the hour.")
    ] = False,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show figures over days: readers, mails, bounces, topics, votes, ranks, sources."""
    line: CommandLine = context.obj
    service = line.make_app(now=now, read_only=not fresh)
    if fresh:
        service.statistics.keep()
    found = service.statistics.table(name.value, days=days, paper=paper)
    if as_json:
        line.json(found.to_json())
        return
    heads = [f"{one.name}, {one.unit}" if one.unit else one.name for one in found.columns]
    zone = ZoneInfo(service.settings.timezone)
    table = line.table(found.title, *heads)
    for row in found.rows:
        table.add_row(*(_text(cell, zone) for cell in row))
    line.show(table)
    line.say(found.note)
    if found.counted_at:
        line.say(f"Counted at {_text(found.counted_at, zone)}.")


def _text(cell: str | float | date | datetime | None, zone: ZoneInfo) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{cell:,}" if isinstance(cell, int | float) else str(cell)
