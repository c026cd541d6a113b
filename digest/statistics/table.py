"""A table of figures, as the command line prints it and the console draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Cell = str | int | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column. unit: of its numbers, such as "%"; empty for plain counts and for words."""

    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Figures under a title; a cell without a value is None.

    note: what the figures are and how fresh, in a sentence or two. counted_at: when they were
    counted, if that was before they were asked for.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str
    counted_at: datetime | None = None

    def column(self, name: str) -> list[Cell]:
        """Return the cells of a column; KeyError without it."""
        for place, column in enumerate(self.columns):
            if column.name == name:
                return [row[place] for row in self.rows]
        raise KeyError(name)

    def to_json(self) -> dict[str, Any]:
        """Return the table as programs read it."""
        return {
            "name": self.name,
            "title": self.title,
            "note": self.note,
            "counted_at": self.counted_at.isoformat() if self.counted_at else None,
            "columns": [{"name": one.name, "unit": one.unit} for one in self.columns],
            "rows": [
                [cell.isoformat() if isinstance(cell, date) else cell for cell in row]
                for row in self.rows
            ],
        }
