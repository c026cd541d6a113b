"""`digest suppressions`: who is never mailed again, by hand and by file."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.command_line import (
    MOST_ROWS,
    CommandLine,
    JsonOption,
    LimitOption,
    examples,
)
from digest.cli.readers.arguments import Email, PrivateOut, private_output
from digest.cli.readers.changes import suppress, unsuppress

if TYPE_CHECKING:
    from digest.subscribers.store.suppressions import Suppression

group = typer.Typer(no_args_is_help=True, help="List, add, lift, import and export suppressions.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group.command(
        "add", epilog=examples('digest suppressions add ann@example.org --reason "a complaint"')
    )(suppress)
    group.command("lift", epilog=examples("digest suppressions lift ann@example.org"))(unsuppress)
    app.add_typer(group, name="suppressions")


@group.command(
    "list",
    epilog=examples("digest suppressions list", "digest suppressions list --source rcpt --json"),
)
def list_(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Option(help="Only by this: operator, api, import, rcpt, dsn, arf and the like."),
    ] = None,
    limit: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """List who is suppressed: hashes, with reason, source and date; --json prints one per line.

    Nobody can tell the address from its hash. `show` says whether an address is suppressed.
    """
    from digest.subscribers import suppression

    line: CommandLine = context.obj
    found = suppression.iter_all(line.app.database, source)
    if as_json:
        for one in islice(found, limit):
            line.json({"hash": one.address_hash, **_to_json(one.suppression)})
        return
    table = line.table("", "hash", "since", "source", "kind", "reason")
    for one in islice(found, limit or MOST_ROWS):
        facts = _to_json(one.suppression)
        since = f"{one.suppression.since:%Y-%m-%d}"
        table.add_row(
            one.address_hash[:12], since, facts["source"], facts["kind"] or "", facts["reason"]
        )
    line.show(table)
    line.say_if_more(found)


@group.command(epilog=examples("digest suppressions show ann@example.org"))
def show(context: typer.Context, email: Email, as_json: JsonOption = False) -> None:
    """Say why an address is suppressed, and since when. Exit code 4 when it is not."""
    from digest.subscribers import suppression

    line: CommandLine = context.obj
    found = suppression.find(line.app.database, email)
    if as_json:
        line.json({"email": email, **_to_json(found)})
    else:
        since = f"{found.since:%Y-%m-%d %H:%M} UTC"
        line.say(f"{email} is suppressed since {since} by {found.source}: {found.reason}")


@group.command(
    "import",
    epilog=examples(
        "digest suppressions import bounces.csv",
        'digest suppressions import old-list.txt --reason "left the old list"',
    ),
)
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, a list of addresses, or what export wrote.")],
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="For those of whom the file gives none.")
    ] = "imported",
    as_json: JsonOption = False,
) -> None:
    """Suppress everybody in a file; who is subscribed gets no mail any more.

    Each record counts that holds an address, or the SHA-256 of one in lower case; a column `reason`
    says why. Bad records cost only themselves: exit code 1.
    """
    from digest.subscribers.files.suppression_files import import_suppressions

    line: CommandLine = context.obj
    app = line.app
    report = import_suppressions(
        app.database, file, app.topics.in_force.vocabulary, reason, app.clock()
    )
    if as_json:
        line.json(report.to_json())
    else:
        for number, text in report.problems:
            line.remark(f"{file}:{number}: {text}")
        line.say(
            f"{report.added} suppressed, {report.known} known, {report.refused} refused; "
            f"{report.ended} subscriptions ended."
        )
    raise typer.Exit(1 if report.refused else 0)


@group.command(epilog=examples("digest suppressions export --out suppressions.jsonl"))
def export(
    context: typer.Context,
    out: PrivateOut = None,
) -> None:
    """Write the suppressions for another instance, or to keep; JSON lines.

    The file holds the key of the hashes: whoever has it can test addresses. Keep it as safe as a
    list of readers.
    """
    from digest.subscribers.files.exporting import export_suppressions

    line: CommandLine = context.obj
    with private_output(out) as file:
        count = export_suppressions(line.app.database, file, line.app.clock())
    if out:
        line.say(f"{count} suppressions are in {out}.")


def _to_json(found: "Suppression") -> dict[str, Any]:
    return {
        "reason": found.reason,
        "source": found.source,
        "kind": found.kind.value if found.kind else None,
        "since": found.since.isoformat(),
    }
