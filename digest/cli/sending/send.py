"""`digest send`: the main job, and its rehearsal."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import (
    BY_COMMAND,
    CommandLine,
    DateOption,
    JsonOption,
    TimeOption,
    examples,
    writing,
)
from digest.cli.operations.mail import show_findings
from digest.ground.private_files import write_private
from digest.ground.text.counts import counted
from digest.model import StopKind

if TYPE_CHECKING:
    from digest.delivery.composing import Choice
    from digest.delivery.send_report import SendReport
    from digest.model import Message


_UNSAFE = re.compile(r"[^A-Za-z0-9@._+-]|^[.-]")
_LONGEST_NAME = 200  # bytes of ASCII; file systems take 255


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "digest send --dry-run --out mails",
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
        typer.Option(
            metavar="DIR",
            help="With --dry-run: write each mail's exact bytes here, for your eyes only.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Send even if the check before it finds errors.")
    ] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="Approve the edition if it waits for that.")
    ] = False,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send an edition to every active reader who has not had it yet, whatever their hour.

    Running it again sends nothing twice: it goes on where an earlier run was stopped or killed, and
    retries deferred mail that is due. Exit code 1 when a mail failed, was deferred or may not have
    arrived, or when the edition is blocked, paused, cancelled or not approved.
    """
    from digest.ground.signals import stopped_by_signal
    from digest.workers import local

    line: CommandLine = context.obj
    if out and not dry_run:
        raise typer.BadParameter("--out needs --dry-run")
    if approve and dry_run:
        raise typer.BadParameter("--approve goes with a real send")
    service = line.make_app(now=now, read_only=dry_run)
    if dry_run:
        if out:
            with writing(out):
                out.mkdir(mode=0o700, parents=True, exist_ok=True)
        report = service.delivery.rehearse(date, to=to, show=_Show(line, out, quiet=as_json))
    else:
        bound = service.settings.drain_seconds
        with line.progress("Sending") as bar, stopped_by_signal(bound) as stop:
            report = local.send(
                service,
                date,
                to=to,
                force=force,
                approve=BY_COMMAND if approve else "",
                stop=stop.is_set,
                progress=bar,
            )
    if as_json:
        line.json(report.to_json())
    else:
        _print(line, report)
    raise typer.Exit(1 if report.troubled else 0)


def mail_file_name(address: str, number: int) -> str:
    """Return the name of a reader's mail as a file; a long or odd address gets their number.

    A tilde stands in no domain, so no two readers share a file.
    """
    plain = _UNSAFE.sub("_", address)
    if plain == address and len(address) <= _LONGEST_NAME:
        return f"{address}.eml"
    return f"{plain[:_LONGEST_NAME]}~{number}.eml"


class _Show:
    """Shows what a rehearsal would send, and writes it where that is asked for."""

    def __init__(self, line: CommandLine, out: Path | None, *, quiet: bool) -> None:
        self._line, self._out, self._quiet = line, out, quiet

    def __call__(self, choice: "Choice", message: "Message | None") -> None:
        if message is not None and self._out is not None:
            file = self._out / mail_file_name(message.recipient, message.key)
            with writing(file):
                write_private(file, message.body)
        if not self._quiet:
            who = choice.due.reader.address if choice.due.reader else f"#{choice.due.subscriber_id}"
            if message is not None:
                what = f"{counted(len(choice.picks), 'paper')}, {len(message.body):,} bytes"
            else:
                what = choice.outcome.reply if choice.outcome else "cannot be composed"
            self._line.say(f"{who}: {what}")


def _print(line: CommandLine, report: "SendReport") -> None:
    would = "Would send" if report.dry_run else "Sent"
    line.say(f"{would} the edition of {report.edition}: {report.planned} planned.")
    for state, count in report.states.items():
        line.say(f"  {state.value:<10} {count:>9,}")
    if report.remark:
        line.say(report.remark, style="yellow")
    if report.recovered:
        found = ", ".join(f"{count} {state}" for state, count in report.recovered.items())
        line.say(f"An earlier run was killed; its journal says: {found}.")
    if report.outcomes and not report.dry_run:
        rate = f"{report.messages_per_second:,.0f} messages a second"
        line.say(f"This run: {report.outcomes.total():,} in {report.seconds:.1f} s, {rate}.")
    show_findings(line, report.findings)
    if report.stop is not None and not report.note:
        line.say(f"The edition is {report.stop.kind}: {report.stop.reason}", style="red")
        if report.stop.kind is StopKind.PAUSED:
            line.say(f"To go on: digest resume --date {report.edition}")
    if report.note:
        line.say(f"Nothing was done: {report.note}.")
    if not report.balanced:
        line.say(f"The deliveries do not add up: {report.planned} were planned.", style="red")
    if report.missed and not report.dry_run:
        line.say("See: digest deliveries --state failed (or deferred, uncertain)")
