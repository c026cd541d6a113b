"""What commands print: words and tables for people, JSON for programs.

Titles, replies, names and reasons come from strangers. Nothing of them is markup, and nothing of
them steers the terminal: `printable` shows it as an escape.
"""

import json
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import typer

from digest.cli.plain_table import PlainTable
from digest.ground.text.printable import printable, printable_json

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_IN_PIPES = 120  # columns of a table that goes into a file or another program


class Terminal:
    """Standard output and standard error; Rich is loaded for bars of progress alone."""

    @cached_property
    def progress_console(self) -> "Console":
        """The terminal for progress: standard error."""
        from rich.console import Console

        return Console(stderr=True, highlight=False, markup=False, emoji=False)

    def json(self, value: Any) -> None:
        """Print one JSON value on one line."""
        typer.echo(printable_json(json.dumps(value, ensure_ascii=False)))

    def json_lines(self, lines: Iterable[str]) -> None:
        """Print JSON values that are texts already, each on a line, some hundred at once."""
        rest = iter(lines)
        while some := list(islice(rest, 500)):
            typer.echo(printable_json("\n".join(some)))

    def say(self, text: str, *, style: str = "") -> None:
        """Print a line of words on standard output, never folded; a colour or `bold` is a style."""
        typer.echo(_styled(printable(text), style))

    def remark(self, text: str) -> None:
        """Print one line on standard error, never folded, so that it can be searched."""
        typer.echo(printable(text), err=True)

    def table(self, title: str, *columns: str, right: Collection[int] = ()) -> PlainTable:
        """Return an empty table. right: the places of columns that are numbers."""
        return PlainTable(columns, title, right=frozenset(right))

    def show(self, table: PlainTable) -> None:
        """Print a table on standard output, as wide as the terminal lets it be."""
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH_IN_PIPES
        lines = (_styled(line, "bold" if bold else "") for line, bold in table.lines(width))
        typer.echo("\n".join(lines))

    def facts(self, values: Mapping[str, str | Sequence[str]]) -> None:
        """Print names and values in two columns; a value may be several lines."""
        table = PlainTable(("", ""), show_header=False)
        for name, value in values.items():
            table.add_row(name, value)
        self.show(table)

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
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.progress_console, transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def _styled(text: str, style: str) -> str:
    """Return a text with the codes of a style, which go only to a terminal."""
    if not style:
        return text
    bold, dim = style == "bold", style == "dim"
    return typer.style(text, bold=bold, dim=dim, fg=None if bold or dim else style)
