"""`digest retry`: queue failed deliveries again."""

from typing import Annotated

import typer

from digest.cli.command_line import (
    AnyDateOption,
    CommandLine,
    JsonOption,
    ReplyOption,
    TimeOption,
    examples,
)
from digest.model import DeliveryState


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "digest retry --dry-run",
            'digest retry --date 2026-11-21 --reply "5.7.*"',
            "digest retry --state uncertain --to ann@example.org",
        )
    )(retry)


def retry(
    context: typer.Context,
    date: AnyDateOption = None,
    state: Annotated[
        DeliveryState,
        typer.Option(help="Deliveries in this state: failed, deferred, uncertain, skipped."),
    ] = DeliveryState.FAILED,
    to: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Only deliveries to this reader.")
    ] = None,
    reply: ReplyOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count them; change nothing.")] = False,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Queue failed deliveries again, for `digest send` or the service to try once more.

    Attempts keep counting: another temporary reply ends a delivery that was given up before.
    Retrying uncertain deliveries may send a mail twice.
    """
    from digest.delivery import retries

    line: CommandLine = context.obj
    service = line.make_app(now=now, read_only=dry_run)
    wanted = retries.Wanted(date, state, to, reply)
    found = retries.retry(
        service.database, wanted, service.editions.freshness, service.clock, dry_run=dry_run
    )
    service.database.close()
    if as_json:
        line.json(found.to_json())
        return
    would = "would be queued" if dry_run else "queued"
    for day, count in found.queued.items():
        old = f"; too old for the scheduler, so send it yourself: digest send --date {day}"
        line.say(f"{day}: {count:,} {would} again{old if day in found.stale else ''}.")
    if not found.queued:
        line.say("There is nothing to retry.")
