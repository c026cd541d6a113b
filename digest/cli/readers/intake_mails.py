"""`digest intake list`, `digest intake show`: look at the mail that came in."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.command_line import MOST_ROWS, CommandLine, JsonOption, LimitOption, examples
from digest.errors import NotFoundError

if TYPE_CHECKING:
    from digest.intake.store.mails import StoredMail


def register(group: typer.Typer) -> None:
    """Add the commands."""
    lines = ("digest intake list", "digest intake list --kept --json")
    group.command("list", epilog=examples(*lines))(list_)
    lines = ("digest intake show 17", "digest intake show 17 --raw > 17.eml")
    group.command(epilog=examples(*lines))(show)


def list_(
    context: typer.Context,
    kept: Annotated[
        bool, typer.Option("--kept", help="Only mails that a person should look at.")
    ] = False,
    limit: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the mail of the last days (DIGEST_INTAKE_KEEP_DAYS), the newest first."""
    from digest.ground.database.tables.intake import Fate
    from digest.intake.store import mails

    line: CommandLine = context.obj
    most = limit or (None if as_json else MOST_ROWS)
    with line.app.database.read() as session:
        counts = mails.counts(session)
        rows = list(
            mails.newest(session, limit=most, fates=(Fate.KEPT, Fate.UNCLEAR) if kept else ())
        )
    if as_json:
        line.json([_row(mail) for mail in rows])
        return
    table = line.table("", "id", "received (UTC)", "by", "fate", "why")
    for mail in rows:
        when = mail.received_at.isoformat()[:16].replace("T", " ")
        table.add_row(str(mail.id), when, mail.way, mail.fate.value, mail.reason)
    line.show(table)
    line.say(", ".join(f"{counts[fate]} {fate.value}" for fate in Fate if counts[fate]) or "None.")


def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="As `digest intake list` says.")],
    raw: Annotated[
        bool, typer.Option("--raw", help="Print the mail itself, where it is kept.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a mail that came in. Exit code 4 when it is not there, or with --raw not kept."""
    from digest.intake.store import mails

    line: CommandLine = context.obj
    with line.app.database.read() as session:
        found = mails.find(session, number)
    if found is None:
        raise NotFoundError(f"There is no mail {number}.", hint="digest intake list")
    mail, octets = found
    if raw:
        if octets is None:
            raise NotFoundError(
                f"Mail {number} itself is not kept.",
                hint="what replies say that were not understood: digest replies list",
            )
        sys.stdout.buffer.write(octets)
    elif as_json:
        line.json(_row(mail))
    else:
        line.facts({name: str(value) for name, value in _row(mail).items() if name != "feedback"})
        for each in mail.feedback:
            line.facts({name: str(value) for name, value in each.items() if value is not None})


def _row(mail: "StoredMail") -> dict[str, Any]:
    return {
        "id": mail.id,
        "received_at": mail.received_at.isoformat(),
        "way": mail.way,
        "fate": mail.fate.value,
        "reason": mail.reason,
        "bytes": mail.size_bytes,
        "raw": mail.has_raw,
        "feedback": [dict(each) for each in mail.feedback],
    }
