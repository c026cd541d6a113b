"""What all commands share: the service, the terminal, and the forms of dates and JSON."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.terminal import Terminal
from digest.errors import InputError

if TYPE_CHECKING:
    from digest.app import App

MOST_ROWS = 50  # of a table, unless more are wanted
FIRST_YEAR, LAST_YEAR = 1970, 2200  # of times that one may pretend: every zone has rules for them


class CommandLine(Terminal):
    """The service and the terminal; nothing is loaded before it is used, so help answers fast."""

    def __init__(self) -> None:
        self._made: list[App] = []

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
        app = build_app(settings, clock=clock, read_only=read_only)
        self._made.append(app)
        return app

    def say_if_more(self, rest: Iterator[object]) -> None:
        """Say on standard error that a list was cut, if anything is left of it."""
        if next(rest, None) is not None:
            self.remark("There are more; see --limit, the filters of --help, or --json.")

    def close(self) -> None:
        """Close every service that was made, and with it its database."""
        while self._made:
            self._made.pop().close()


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
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit",
        min=1,
        metavar="N",
        help=f"List at most this many; default: {MOST_ROWS} in a table, all with --json.",
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
BY_COMMAND = "command line"  # who changes an edition, in the record of its changes
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def examples(*lines: str) -> str:
    """Return the epilog of a command's help: its examples, one a line."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
