"""`digest send`: the main job, and its rehearsal."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import (
    CommandLine,
    DateOption,
    JsonOption,
    TimeOption,
    examples,
)
from digest.cli.lint import show

if TYPE_CHECKING:
    from digest.model import Message
    from digest.services.composing import Choice
    from digest.services.mailing import SendReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "digest send --dry-run --out /tmp/mails",
            "digest send --date 2026-11-21",
            "digest send --to ann@example.org",
        )
    )(send)


def send(
    context: typer.Context,
    date: DateOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compose everything; send and record nothing.")
    ] = False,
    to: Annotated[str | None, typer.Option(metavar="EMAIL", help="Only to this reader.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="With --dry-run: write each mail's exact bytes here."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Send although the check before it finds errors.")
    ] = False,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send an edition to every active reader who has not had it yet, whatever his hour.

    Running it again sends nothing twice: it goes on where a run before it was stopped or killed,
    and tries again what was deferred.
    """
    from digest import crew
    from digest.signals import stopped_by_signal

    line: CommandLine = context.obj
    if out and not dry_run:
        raise typer.BadParameter("--out goes with --dry-run")
    service = line.make_app(now=now, read_only=dry_run)
    if dry_run:
        if out:
            out.mkdir(parents=True, exist_ok=True)
        report = service.rehearse(date, to=to, show=_Show(line, out, quiet=as_json))
    else:
        bound = service.settings.drain_seconds
        with line.progress("Sending") as bar, stopped_by_signal(bound) as stop:
            report = crew.send(service, date, to=to, force=force, stop=stop.is_set, progress=bar)
    service.database.close()
    if as_json:
        line.json(report.to_json())
    else:
        _print(line, report)
    raise typer.Exit(1 if report.troubled else 0)


class _Show:
    """Shows what a rehearsal would send, and writes it where that is asked for."""

    def __init__(self, line: CommandLine, out: Path | None, *, quiet: bool) -> None:
        self._line, self._out, self._quiet = line, out, quiet

    def __call__(self, choice: "Choice", message: "Message | None") -> None:
        if message is not None and self._out is not None:
            (self._out / f"{message.recipient.replace('/', '_')}.eml").write_bytes(message.body)
        if not self._quiet:
            who = choice.due.reader.address if choice.due.reader else f"#{choice.due.subscriber_id}"
            if message is not None:
                what = f"{len(choice.picks)} papers, {len(message.body):,} bytes"
            else:
                what = choice.outcome.reply if choice.outcome else "cannot be composed"
            self._line.say(f"{who}: {what}")


def _print(line: CommandLine, report: "SendReport") -> None:
    would = "Would send" if report.dry_run else "Sent"
    line.say(f"{would} the edition of {report.edition}: {report.planned} planned.")
    for state, count in report.states.items():
        line.say(f"  {state.value:<10} {count:>9,}")
    if report.recovered:
        found = ", ".join(f"{count} {state}" for state, count in report.recovered.items())
        line.say(f"A run before this one was killed; its journal settled: {found}.")
    if report.outcomes and not report.dry_run:
        rate = f"{report.messages_per_second:,.0f} messages a second"
        line.say(f"This run: {report.outcomes.total():,} in {report.seconds:.1f} s, {rate}.")
    show(line, report.findings)
    if report.note:
        line.say(f"Nothing was to be done: {report.note}.")
    if not report.balanced:
        line.say(f"The ledger does not add up: {report.planned} were planned.", style="red")
    if report.troubled and not report.dry_run:
        line.say("See: digest deliveries --state failed (or deferred, uncertain)")
