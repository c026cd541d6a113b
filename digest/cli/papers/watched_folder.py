"""`digest inbox`: load the dumps in the watched folder."""

from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.errors import SettingsError
from digest.ground.signals import stopped_by_signal
from digest.ground.text.counts import counted

if TYPE_CHECKING:
    from digest.papers.watched_folder import FolderReport


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog=examples("digest inbox", "digest inbox --watch --every 5"))(inbox)


def inbox(
    context: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", help="Keep watching until stopped.")] = False,
    every: Annotated[
        float, typer.Option(min=0.1, max=3600, help="With --watch: seconds between two looks.")
    ] = 5.0,
    as_json: JsonOption = False,
) -> None:
    """Load the complete files in the watched folder (DIGEST_WATCH_DIR).

    Each is then moved to done/ or refused/ in it. Exit code 1 when something was refused, left
    alone or in the way.
    """
    line: CommandLine = context.obj
    report = _look(line, as_json=as_json)
    if watch:
        with stopped_by_signal() as stopped:
            while not stopped.wait(every):
                _look(line, as_json=as_json)
    raise typer.Exit(0 if report.complete or watch else 1)


def _look(line: CommandLine, *, as_json: bool) -> "FolderReport":
    from digest.papers.watched_folder import load_folder

    settings = line.app.settings
    if settings.watch_dir is None:
        raise SettingsError(
            "DIGEST_WATCH_DIR is missing: it names the folder to watch.", hint="see .env.example"
        )
    line.app.look_at_catalogue()
    report = load_folder(
        line.app.database,
        settings.watch_dir,
        now=line.app.clock(),
        classify=line.app.topics.classify,
        settle_seconds=settings.inbox_settle_seconds,
    )
    if as_json:
        line.json(report.to_json())
    else:
        _print(line, report)
    return report


def _print(line: CommandLine, report: "FolderReport") -> None:
    for dump in report.dumps:
        entries = counted(dump.tally.entries, "entry", "entries")
        counts = f"{entries}, {counted(dump.tally.new, 'new paper')}"
        line.say(f"{dump.file}: {dump.status}, {dump.reason or counts}")
        for one in dump.refusals:
            line.remark(f"{dump.file}:{one.line}: {one.reason}")
    for name in report.waiting:
        line.remark(f"{name}: waits, it may still be written to")
    for name, reason in report.left:
        line.remark(f"{name}: left alone, {reason}")
    for problem in report.problems:
        line.remark(problem)
