"""`digest backup`, `digest restore`: a copy of the database, and going back to one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples

if TYPE_CHECKING:
    from digest.app.backups import RestoreReport

From = Annotated[
    list[Path] | None,
    typer.Option(
        "--from", metavar="DIR", help="A copy of another machine's folder of marks; repeatable."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples("digest backup /var/backups/digest", "digest backup /mnt/nas --keep 30")
    )(backup)
    app.command(
        epilog=examples(
            "digest restore /var/backups/digest/digest-20261121T020000Z.db",
            "digest restore --check",
            "digest restore --accept --from /tmp/marks-of-the-other-machine",
        )
    )(restore)


def backup(
    context: typer.Context,
    dest: Annotated[Path, typer.Argument(metavar="DEST", help="A folder; it is made if need be.")],
    keep: Annotated[
        int, typer.Option(min=0, metavar="N", help="Delete all but the newest N; 0 deletes none.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Back the database up while it is used, and check the copy.

    Writes one file that only its owner can read, and a manifest beside it with time, schema,
    fingerprint of the settings and checksum. The secret key is not in it. For PostgreSQL `pg_dump`
    has to be installed.
    """
    from dataclasses import asdict

    from digest.app import backups

    line: CommandLine = context.obj
    with line.progress("Copying") as bar:
        path, made = backups.backup(line.app, dest, keep=keep, progress=bar)
    if as_json:
        line.json({"path": str(path), **asdict(made)})
    else:
        line.say(f"{path}: {made.bytes:,} bytes, schema {made.schema}; checked.")


def restore(
    context: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(metavar="BACKUP", help="What `digest backup` wrote.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Say what the database lacks; change nothing.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Let mail go on with the database as it is.")
    ] = False,
    others: From = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="With --accept: this machine is lost with what it has seen; repeatable.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Go back to a backup, or go on with a database that is behind what was seen of it.

    What the logs on this machine know is merged: who was mailed is not mailed again, who left
    leaves again. What nobody can know is listed. The present database is put aside, not deleted.

    Stop the service first. After a failover of PostgreSQL there is nothing to put back: use
    --check and --accept on every machine that holds mail. Exit code of --check: 1 when the
    database lacks something.
    """
    from digest.app import backups

    line: CommandLine = context.obj
    if (path is not None) + check + accept != 1:
        raise typer.BadParameter("give a BACKUP, or --check, or --accept")
    if without and not accept:
        raise typer.BadParameter("--without goes with --accept")
    if check:
        report = backups.check(line.app, others or [])
    elif path is not None:
        report = backups.restore(line.app, path, others or [])
    else:
        report = backups.accept(line.app, others or [], without or [])
    if as_json:
        line.json(report.to_json())
    else:
        _print(line, report, would="would be " if check else "")
    raise typer.Exit(1 if check and report.merged.missing else 0)


def _print(line: CommandLine, report: "RestoreReport", *, would: str) -> None:
    found = report.merged
    if report.aside:
        line.say(f"The database that was here is now {report.aside}.")
    for each in found.missing:
        line.say(f"Missing: {each}.")
    if not found.missing:
        line.say("The database lacks nothing that this machine has seen.")
    line.say(f"{found.settled} waiting mails {would}marked: they were sent, or begun.")
    line.say(f"{found.remembered} mails of editions to come {would}remembered as sent.")
    for kind, count in found.leavers.items():
        line.say(f"{count} {would}{kind} again.")
    for state, count in report.recovered.items():
        line.say(f"Journals of killed workers: {count} {state}.")
    for each in found.unknown:
        line.say(f"Not known: {each}")
