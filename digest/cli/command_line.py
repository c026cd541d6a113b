"""What all commands share: the service, the terminal, and the forms of dates and JSON."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from digest.app import App


FIRST_YEAR, LAST_YEAR = 1970, 2200  # of times that one may pretend: every zone has rules for them
WIDTH_IN_PIPES = 120  # columns of a table that goes into a file or another program


class CommandLine:
    """The service and the terminal; nothing is loaded before it is used, so help answers fast."""

    def __init__(self, app: "App | None" = None) -> None:
        if app is not None:
            self.app = app

    @cached_property
    def app(self) -> "App":
        """The service with the settings of the environment."""
        return self.make_app()

    def make_app(self, *, now: datetime | None = None, read_only: bool = False) -> "App":
        """Make the service; `now` stops its clock, `read_only` closes its database to changes."""
        from digest.app import StoppedClock, build_app, system_clock
        from digest.ground.logs import configure_logs
        from digest.settings import load_settings, unknown_names

        for name in unknown_names():
            self.remark(f"warning: {name} is not a setting; .env.example lists them all")
        clock = StoppedClock(now) if now else system_clock
        settings = load_settings()
        configure_logs(settings.log_format, settings.log_level)
        return build_app(settings, clock=clock, read_only=read_only)

    @cached_property
    def console(self) -> "Console":
        """The terminal for what was asked for; colours only on a terminal."""
        from rich.console import Console

        plain = Console(highlight=False)
        return plain if plain.is_terminal else Console(highlight=False, width=WIDTH_IN_PIPES)

    @cached_property
    def progress_console(self) -> "Console":
        """The terminal for progress and remarks: standard error."""
        from rich.console import Console

        return Console(stderr=True, highlight=False)

    def json(self, value: Any) -> None:
        """Print one JSON value on one line."""
        typer.echo(json.dumps(value, ensure_ascii=False))

    def say(self, text: str, *, style: str = "") -> None:
        """Print a line of words on standard output, never folded."""
        self.console.print(text, markup=False, soft_wrap=True, style=style)

    def remark(self, text: str) -> None:
        """Print one line on standard error, never folded, so that it can be searched."""
        typer.echo(text, err=True)

    def table(self, title: str, *columns: str) -> "Table":
        """Return an empty table in our style."""
        from rich import box
        from rich.table import Table

        table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD)
        for column in columns:
            table.add_column(column, overflow="fold")
        return table

    def facts(self, values: Mapping[str, str]) -> None:
        """Print names and values in two columns."""
        table = self.table("", "", "")
        table.show_header = False
        for name, value in values.items():
            table.add_row(name, value)
        self.console.print(table)

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int | None], None]]:
        """Show a bar on standard error while it is a terminal; call it with (done, of how many)."""
        if not sys.stderr.isatty():  # Rich takes 60 ms to import
            yield lambda _done, _total: None
            return
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.progress_console, transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what keeps a file from being written, as the user wanted it, into words: InputError."""
    try:
        yield
    except OSError as exc:
        raise InputError(f"Cannot write {path}: {exc.strerror}") from None


def parse_date(text: str) -> date:
    """Read a date such as 2026-11-21."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date such as 2026-11-21") from None


def parse_time(text: str) -> datetime:
    """Read a time such as 2026-11-21T07:00+01:00; UTC when it names no zone."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a time such as 2026-11-21T07:00") from None
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise typer.BadParameter(f"{text!r} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return time if time.tzinfo else time.replace(tzinfo=UTC)


DateOption = Annotated[
    date | None,
    typer.Option(
        "--date", parser=parse_date, metavar="DATE", help="The edition's date; default: the newest."
    ),
]
AnyDateOption = Annotated[
    date | None,
    typer.Option(
        "--date",
        parser=parse_date,
        metavar="DATE",
        help="The edition's date; default: all editions.",
    ),
]
ReplyOption = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Only replies that contain this; * and ? are wildcards."),
]
TimeOption = Annotated[
    datetime | None,
    typer.Option(
        "--now",
        parser=parse_time,
        metavar="TIME",
        help="Pretend that it is this time, such as 2026-11-21T07:00+01:00; UTC without an offset.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def examples(*lines: str) -> str:
    """Return the epilog of a command's help: its examples, one a line."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
