"""`digest dmarc`, `digest postmaster`: what receivers say of mail in our name."""

from pathlib import Path
from typing import Annotated, Any

import typer

from digest.cli.command_line import MOST_ROWS, CommandLine, JsonOption, LimitOption, examples

_dmarc = typer.Typer(no_args_is_help=True, help="Show and take DMARC reports.")
_postmaster = typer.Typer(no_args_is_help=True, help="Show and ask Gmail Postmaster Tools.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_dmarc, name="dmarc")
    app.add_typer(_postmaster, name="postmaster")


@_dmarc.command(epilog=examples("digest dmarc show", "digest dmarc show --days 7 --json"))
def show(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=366, help="Of so many days.")] = 30,
    limit: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how mail in our name fared where it arrived, and from which addresses none passed."""
    from digest.dmarc.store import reports
    from digest.operations import authentication
    from digest.operations.rules.authentication_alerts import describe

    line: CommandLine = context.obj
    app = line.app
    with app.database.read() as session:
        found = authentication.dmarc(session, app.clock(), days, limit or MOST_ROWS)
        newest = reports.newest(session, limit if as_json else limit or MOST_ROWS)
    if as_json:
        listed = [{**one._asdict(), "day": one.day.isoformat()} for one in newest]
        line.json({**authentication.shares_to_json(found), "newest": listed})
        return
    line.say(describe(found))
    table = line.table("", "day", "receiver", "domain", "mails", "passed")
    for one in newest:
        table.add_row(
            one.day.isoformat(), one.organisation, one.domain, f"{one.mails:,}", f"{one.aligned:,}"
        )
    line.show(table)


@_dmarc.command(epilog=examples("digest dmarc take report.xml.gz", "digest dmarc take mails/*.eml"))
def take(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Mails, or .xml, .xml.gz and .zip files.")],
    as_json: JsonOption = False,
) -> None:
    """Take reports from files; a report that is known changes nothing.

    Exit code 1 when a file holds no report, or one that cannot be read.
    """
    from digest.dmarc.taking import TakenReports, take_report

    line: CommandLine = context.obj
    app, total = line.app, {"new": 0, "known": 0, "refused": 0}
    domains = (app.identity.sender_domain,)
    for file in files:
        taken = take_report(app.database, _read(file), domains, app.clock())
        taken = taken or TakenReports(problems=("There is no report in it.",))
        for problem in taken.problems:
            line.remark(f"{file}: {problem}")
        total["new"] += taken.new
        total["known"] += taken.known
        total["refused"] += len(taken.problems)
    if as_json:
        line.json(total)
    else:
        line.say(", ".join(f"{count} {name}" for name, count in total.items()) + ".")
    raise typer.Exit(1 if total["refused"] else 0)


@_postmaster.command("show", epilog=examples("digest postmaster show --json"))
def show_verdicts(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show what Gmail said of our domain when it was last asked."""
    line: CommandLine = context.obj
    _print_verdicts(line, as_json=as_json)


@_postmaster.command("ask", epilog=examples("digest postmaster ask"))
def ask_gmail(context: typer.Context, as_json: JsonOption = False) -> None:
    """Ask Gmail now, as the scheduler does twice a day, and show what it says."""
    line: CommandLine = context.obj
    line.app.postmaster.poll()
    _print_verdicts(line, as_json=as_json)


def _print_verdicts(line: CommandLine, *, as_json: bool) -> None:
    from digest.operations import authentication

    app = line.app
    with app.database.read() as session:
        found: list[dict[str, Any]] = authentication.to_json(session, app.clock())["postmaster"]
    if as_json:
        for one in found:
            line.json(one)
        return
    if not found:
        line.say("Gmail said nothing yet.")
        return
    table = line.table("", "requirement", "state", "since", "asked", "reason")
    for one in found:
        table.add_row(
            *(one["requirement"], one["state"], one["since"][:10], one["asked"][:16]),
            one["reason"],
        )
    line.show(table)


def _read(file: Path) -> bytes:
    from digest.errors import InputError

    try:
        return file.read_bytes()
    except OSError as exc:
        raise InputError(f"Cannot read {file}: {exc.strerror}") from None
