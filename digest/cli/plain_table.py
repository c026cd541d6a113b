"""A table of texts. Rich takes every string for markup; here no string is any."""

from collections.abc import Sequence

from rich import box
from rich.console import RenderableType
from rich.style import StyleType
from rich.table import Table
from rich.text import Text

from digest.ground.text.printable import printable


class PlainTable(Table):
    """A table whose cells are text as it stands, each on one line; a list makes several lines."""

    def add_row(
        self,
        *cells: RenderableType | Sequence[str] | None,
        style: StyleType | None = None,
        end_section: bool = False,
    ) -> None:
        """Add a row of texts."""
        super().add_row(*map(_text, cells), style=style, end_section=end_section)


def make_table(title: str, columns: Sequence[str]) -> PlainTable:
    """Return an empty table in our style."""
    table = PlainTable(
        title=Text(printable(title)) if title else None, title_justify="left", box=box.SIMPLE_HEAD
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _text(cell: RenderableType | Sequence[str] | None) -> RenderableType | None:
    if isinstance(cell, str):
        return Text(printable(cell))
    if isinstance(cell, list | tuple):
        return Text("\n".join(map(printable, cell)))
    return cell  # type: ignore[return-value]
