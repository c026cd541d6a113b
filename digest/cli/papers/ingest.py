"""`digest ingest`: load dumps."""

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import CommandLine, examples, parse_date
from digest.ground.text.counts import counted
from digest.ground.text.printable import printable, printable_json

if TYPE_CHECKING:
    from rich.console import Console

    from digest.papers.ingest import DumpReport, IngestReport

_EPILOG = examples(
    "digest ingest dumps/                             # all *.txt and *.jsonl files in it",
    "digest ingest saved-page.txt --date 2026-03-20   # its Mar 17 is 17 March 2026",
    "digest ingest new.txt --json | jq .refused       # how many dumps were refused",
)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog=_EPILOG)(ingest)


def ingest(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="Dump files, or folders of *.txt and *.jsonl files."
        ),
    ],
    date: Annotated[
        dt.date | None,
        typer.Option(
            "--date",
            parser=parse_date,
            metavar="YYYY-MM-DD",
            help="The date of dumps without one. Where only the year is missing, the latest "
            "possible day; default: the day the file was last modified (UTC).",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Load dumps of trending papers; loading the same content again changes nothing.

    Exit code 1 when a dump or a single entry was refused; everything else is loaded.
    """
    from digest.papers.ingest import ingest as load_dumps

    line: CommandLine = context.obj
    with _Bar(line.progress_console) as bar:
        report = load_dumps(
            line.app.database,
            paths,
            now=line.app.clock(),
            given=date,
            classify=line.app.topics.classify,
            progress=bar.show,
        )
    if as_json:
        typer.echo(printable_json(json.dumps(report.to_json(), ensure_ascii=False, indent=2)))
    else:
        _print_table(line, report)
        _say_refusals(line, report)
    raise typer.Exit(0 if report.complete else 1)


class _Bar:
    """A progress bar over the bytes of the file at hand; none when stderr is no terminal."""

    def __init__(self, console: "Console") -> None:
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

        self._progress = Progress(
            TextColumn("{task.fields[name]}", markup=False),
            BarColumn(),
            DownloadColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", name="", total=None)

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._progress.stop()

    def show(self, path: Path, done: int, total: int) -> None:
        """Show how far the reading of a file has come, in bytes."""
        self._progress.update(self._task, name=printable(path.name), completed=done, total=total)


def _print_table(line: CommandLine, report: "IngestReport") -> None:
    columns = ("dump", "status", "date", "entries", "new", "repeated", "revised")
    table = line.table("", *columns, right=range(3, len(columns)))
    for dump in report.dumps:
        tally = dump.tally
        counts = (tally.entries, tally.new, tally.repeated, tally.revised)
        name = Path(dump.file).name
        table.add_row(name, dump.status, _date_of(dump), *(f"{count:,}" for count in counts))
    line.show(table)
    total = report.tally
    line.say(
        f"{counted(total.entries, 'entry', 'entries')}: {counted(total.new, 'new paper')}, "
        f"{counted(total.repeated, 'repeat')}, {total.revised:,} of them revised; "
        f"{counted(report.refused, 'dump')} refused."
    )
    for dump in report.dumps:
        if dump.status == "known":
            line.say(f"{dump.file}: {dump.reason}; nothing changed.")


def _date_of(dump: "DumpReport") -> str:
    """Return the date and, where the page had no year, what the year was taken from."""
    if dump.date is None:
        return ""
    sources = {"given": " (year by --date)", "file": " (year by the file's time)"}
    return f"{dump.date}{sources.get(dump.year_source or '', '')}"


def _say_refusals(line: CommandLine, report: "IngestReport") -> None:
    """Say what was refused, as `file:line: reason`."""
    for dump in report.dumps:
        for one in dump.refusals:
            line.remark(f"{dump.file}:{one.line}: {one.reason}")
        if dump.status == "refused":
            place = f"{dump.file}:{dump.line}" if dump.line else dump.file
            line.remark(f"{place}: {dump.reason}")
