"""`digest deliveries`: who was mailed what."""

from typing import Annotated

import typer

from digest.cli.command_line import AnyDateOption, CommandLine, JsonOption, ReplyOption, examples
from digest.model import DeliveryState


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "digest deliveries --state failed",
            'digest deliveries --state failed --reply "5.7.*" --json',
            "digest deliveries --date 2026-11-21 --json",
            "digest deliveries --to ann@example.org",
        )
    )(deliveries)


def deliveries(
    context: typer.Context,
    date: AnyDateOption = None,
    state: Annotated[
        DeliveryState | None, typer.Option(help="Only deliveries in this state.")
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Only deliveries to this reader.")
    ] = None,
    reply: ReplyOption = None,
    as_json: JsonOption = False,
) -> None:
    """List who was mailed what, and what the mail server answered.

    --json prints one object per line. `uncertain` is true when the final reply to an attempt was
    lost, so the reader may have received that copy too, whatever came of the next attempt.
    """
    from digest.operations import listings

    line: CommandLine = context.obj
    table = line.table("", "edition", "reader", "state", "attempts", "papers", "reply")
    for one in listings.deliveries(
        line.app.database, on=date, state=state, address=to, reply=reply
    ):
        if as_json:
            line.json(one)
        else:
            who = one["email"] or f"#{one['subscriber']} (erased)"
            facts = (one["state"], str(one["attempts"]), str(len(one["papers"])))
            table.add_row(one["edition"], who, *facts, one["reply"])
    if not as_json:
        line.console.print(table)
