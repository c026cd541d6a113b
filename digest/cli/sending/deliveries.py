"""`digest deliveries`, `digest retry`: who was mailed what, and failed mail queued again."""

from itertools import islice
from typing import Annotated, Any

import typer

from digest.cli.command_line import (
    MOST_ROWS,
    AnyDateOption,
    CommandLine,
    JsonOption,
    LimitOption,
    ReplyOption,
    TimeOption,
    examples,
)
from digest.model import DeliveryState


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples(
            "digest deliveries --state failed",
            'digest deliveries --state failed --reply "5.7.*" --json',
            "digest deliveries --date 2026-11-21 --json",
            "digest deliveries --to ann@example.org --limit 5",
            "digest deliveries --search @example.org",
            "digest deliveries --kind confirm --state failed",
        )
    )(deliveries)
    app.command(
        epilog=examples(
            "digest retry --dry-run",
            'digest retry --date 2026-11-21 --reply "5.7.*"',
            "digest retry --state uncertain --to ann@example.org",
        )
    )(retry)


def deliveries(
    context: typer.Context,
    date: AnyDateOption = None,
    state: Annotated[
        DeliveryState | None, typer.Option(help="Only deliveries in this state.")
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Only deliveries to this reader.")
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only to addresses with this in them.")
    ] = None,
    reply: ReplyOption = None,
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="Only mails of this kind: digest, confirm, welcome, changed, goodbye, erased, "
            "already, replied, unclear, alert.",
        ),
    ] = None,
    limit: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """List who was mailed what, and the mail server's answers.

    Those of the editions and those to single readers, such as confirmations, of the last 30 days;
    with --date only those of an edition. The newest come first; --json prints one object per line.
    Behind the state stands what came back of the mail: a bounce (hard, soft, blocked) or a
    complaint. `uncertain` is true when the final reply to an attempt was lost, so the reader may
    have received that copy too, whatever came of the next attempt.
    """
    from digest.operations import reader_mails

    line: CommandLine = context.obj
    if kind is not None and kind not in reader_mails.KINDS:
        raise typer.BadParameter(f"--kind is one of {', '.join(reader_mails.KINDS)}")
    found = reader_mails.mails(
        line.app.database,
        kind=kind,
        on=date,
        state=state,
        address=to,
        reply=reply,
        search=search,
    )
    if as_json:
        for one in islice(found, limit):
            line.json(one)
        return
    table = line.table("", "mail", "reader", "state", "attempts", "papers", "reply")
    for one in islice(found, limit or MOST_ROWS):
        table.add_row(*_row(one))
    line.show(table)
    line.say_if_more(found)


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

    Without --date, mails to single readers too, such as confirmations. Attempts keep counting:
    another temporary reply ends a delivery that was given up before. Retrying uncertain deliveries
    may send a mail twice.
    """
    from digest.delivery import retries
    from digest.outbox import retries as outbox_retries

    line: CommandLine = context.obj
    service = line.make_app(now=now, read_only=dry_run)
    wanted = retries.Wanted(date, state, to, reply)
    found = retries.retry(
        service.database, wanted, service.editions.freshness, service.clock, dry_run=dry_run
    )
    single = outbox_retries.retry(service.database, wanted, dry_run=dry_run)
    if as_json:
        line.json({**found.to_json(), "single": single})
        return
    would = "would be queued" if dry_run else "queued"
    for day, count in found.queued.items():
        old = f"; too old for the scheduler, so send it yourself: digest send --date {day}"
        line.say(f"{day}: {count:,} {would} again{old if day in found.stale else ''}.")
    if single:
        line.say(f"Mails to single readers: {single:,} {would} again.")
    if not found.queued and not single:
        line.say("There is nothing to retry.")


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    erased = f"#{one['subscriber']} (erased)"
    if one.get("kind") == "erased":
        erased = "(erased)"
    is_readers = one["subscriber"] or one.get("kind") == "erased"
    who = one["email"] or (erased if is_readers else "the operator")
    state = f"{one['state']}, {one['feedback']}" if one.get("feedback") else one["state"]
    facts = (state, str(one["attempts"]), str(len(one["papers"])))
    what = one["edition"] or f"{one['kind']}, {one['created_at'][:10]}"
    return (what, who, *facts, one["reply"])
