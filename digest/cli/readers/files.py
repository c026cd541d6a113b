"""`digest subscribers import` and `export`: files of readers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.cli.readers.arguments import PrivateOut, private_output
from digest.model import SubscriberState

if TYPE_CHECKING:
    from digest.subscribers.files.import_order import ImportOrder
    from digest.subscribers.files.import_report import ImportReport


_MOST_SHOWN = 5  # lines that repeat an address


def register(group: typer.Typer) -> None:
    """Add the commands to those of subscribers."""
    group.command(
        "import",
        epilog=examples(
            "digest subscribers import readers.csv --confirmed --dry-run",
            'digest subscribers import members.csv --confirmed --map email="E-Mail Address"',
            "digest subscribers import list.jsonl",
        ),
    )(import_)
    group.command(
        epilog=examples(
            "digest subscribers export > readers.csv",
            "digest subscribers export --everything --out list.jsonl",
        )
    )(export)


def import_(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="CSV, a list of addresses, or what `export --everything` wrote."),
    ],
    confirmed: Annotated[
        bool,
        typer.Option("--confirmed", help="They have already agreed; without it they are pending."),
    ] = False,
    consent: Annotated[
        str, typer.Option(help="How and when they agreed, in words; it is recorded.")
    ] = "",
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN",
            help='What a column is, as in email="E-Mail Address"; may be repeated.',
        ),
    ] = None,
    ignored: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore", metavar="COLUMN", help="Take no notice of this column; may be repeated."
        ),
    ] = None,
    update: Annotated[
        bool,
        typer.Option(
            "--update",
            help="Bring those who are known up to the file, and end the subscriptions of those who "
            "must not be mailed.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would happen; change nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Add subscribers from a file; refused lines are reported (exit code 1), good ones imported.

    Columns: email, and any of name, topics, interests, muted, timezone, hour, cadence, weekday,
    max_papers, layout, summaries, language, empty_day; the columns of Mailchimp, listmonk, Mailman,
    Buttondown, Substack, Keila and Ghost are known. Who must not be mailed by the file is refused.
    Separate list items with ";"; write a weight as topic:2. Subscribers who exist already are left
    as they are, unless there is --update.
    """
    from digest.subscribers.files.import_order import ImportOrder
    from digest.subscribers.rules.file_columns import ColumnNames

    line: CommandLine = context.obj
    order = ImportOrder(
        state=SubscriberState.ACTIVE if confirmed else SubscriberState.PENDING,
        now=line.app.clock(),
        columns=ColumnNames.parse(mapping or (), ignored or ()),
        consent={"said": consent} if consent else None,
        update=update,
        dry_run=dry_run,
    )
    report = _import(line, file, order)
    if as_json:
        line.json(report.to_json())
    else:
        _tell(line, file, report)
    raise typer.Exit(1 if report.refused else 0)


def export(
    context: typer.Context,
    out: PrivateOut = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--everything",
            help="The whole list for another instance: all states, the record of consent, and who "
            "must not be mailed; JSON lines.",
        ),
    ] = False,
) -> None:
    """Write the active subscribers as a CSV file that `import` reads, or everything."""
    from digest.subscribers.files.exporting import export_csv, export_everything

    line: CommandLine = context.obj
    database = line.app.database
    with private_output(out) as file:
        if everything:
            counts = export_everything(database, file, line.app.clock())
            told = f"{counts.subscribers} subscribers and {counts.suppressions} suppressions"
        else:
            told = f"{export_csv(database, file)} subscribers"
    if out:
        line.say(f"{told} are in {out}.")


def _import(line: CommandLine, file: Path, order: "ImportOrder") -> "ImportReport":
    from digest.subscribers.files.importing import import_file

    total = file.stat().st_size if file.is_file() else 0
    with line.progress("Reading" if order.dry_run else "Importing") as bar:
        read = 0

        def progress(count: int) -> None:
            nonlocal read
            read += count
            bar(read, total)

        return import_file(
            line.app.database, file, line.app.topics.in_force.vocabulary, order, progress
        )


def _tell(line: CommandLine, file: Path, report: "ImportReport") -> None:
    told = [(one.line, one.reason) for one in report.problems]
    for remark in report.remarks:
        many = f" ({remark.readers} readers)" if remark.readers > 1 else ""
        told.append((remark.line, f"{remark.remark}{many}"))
    for number, text in sorted(told):
        line.remark(f"{file}:{number}: {text}")
    if more := report.refused - len(report.problems):
        line.remark(f"{more} more were refused.")
    if report.repeats:
        line.remark(f"{file}: {_repeats(report)}")
    if report.ignored_columns:
        line.remark(f"Unknown columns, ignored: {', '.join(report.ignored_columns)}")
    if report.dry_run:
        _preview(line, file, report)
    else:
        line.say(f"{_summary(report)}.")


def _repeats(report: "ImportReport") -> str:
    shown = ", ".join(map(str, report.repeated[:_MOST_SHOWN]))
    more = f" and {rest:,} more" if (rest := report.repeats - _MOST_SHOWN) > 0 else ""
    if report.repeats == 1:
        return f"line {shown} repeats the address of an earlier line"
    return f"{report.repeats:,} lines repeat the address of an earlier line: {shown}{more}"


def _summary(report: "ImportReport") -> str:
    counts = [f"{report.added} added", f"{report.known} known", f"{report.refused} refused"]
    if report.changed:
        counts.append(f"{report.changed} changed")
    if report.ended:
        counts.append(f"{report.ended} ended")
    if report.suppressions:
        counts.append(f"{report.suppressions} addresses suppressed")
    return ", ".join(counts)


_TAKEN_AS = {
    "status": "status: honoured",
    "allowed": "honoured: true or a date for those who may be mailed",
    "barred": "honoured: filled for those who must not be mailed",
}


def _preview(line: CommandLine, file: Path, report: "ImportReport") -> None:
    system = f" of {report.system}" if report.system else ""
    line.say(f"{file}: a file{system}, {report.form}. Nothing was changed.")
    columns = line.table("", "column", "taken as")
    for name, use in report.columns:
        columns.add_row(name, _TAKEN_AS.get(use, use))
    if report.columns:
        line.show(columns)
    table = line.table("What an import would do", "", "subscribers")
    table.add_row("added", str(report.added))
    table.add_row("changed", str(report.changed))
    table.add_row("ended", str(report.ended))
    table.add_row("known, left as they are", str(report.known))
    for kind, count in report.refused_by.most_common():
        table.add_row(f"refused: {kind}", str(count))
    if report.suppressions:
        table.add_row("addresses suppressed", str(report.suppressions))
    line.show(table)
