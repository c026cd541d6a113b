"""The command line: each command turns its words into one call and prints what came of it.

A command is imported when it is called (`groups.MODULES`), and not before.
"""

from typing import Annotated

import typer

from digest import __version__
from digest.cli.command_line import CommandLine
from digest.cli.commands import Commands
from digest.cli.errors import end_with
from digest.errors import DigestError

_EPILOG = """First steps: digest demo. The manual is in docs/, every setting in .env.example.

Exit codes: 0 done, 1 done with listed failures (or something is wrong), 2 wrong usage or settings,
3 input refused, 4 not found, 5 a server or the database could not be reached. With --json an error
is also an object on standard output: error, hint, exit_code.
"""

app = typer.Typer(
    name="digest",
    cls=Commands,
    help="Mail every reader a personal selection of the day's trending papers.",
    epilog=_EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,  # help has to be there at once, and Rich takes a quarter of a second
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"digest {__version__}")
        raise typer.Exit


@app.callback()
def _start(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 -- the callback of the option does all
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    line = CommandLine()
    context.obj = line
    context.call_on_close(line.close)


def main() -> None:
    """Run the command line; every error of ours ends in words and an exit code."""
    try:
        app()
    except DigestError as exc:
        end_with(exc)
