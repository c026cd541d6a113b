"""How each table of figures is drawn, and what is said of it to who does not see the drawing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from digest.operations.rules.feedback_alerts import COMPLAINTS_MOST, COMPLAINTS_WISHED
from digest.statistics.store.readers import JOINED, RETURNED, WHY_LEFT
from digest.statistics.table import Cell, Table
from digest.web.console.plot_svg import Kind, Plot, Series

MOST_BARS = 12  # that lie below each other


def plot_of(table: Table) -> Plot:
    """Return the drawing of a table."""
    return _FORMS[table.name](table)


def describe(table: Table) -> str:
    """Say in a sentence what the drawing shows: its title, and its newest or greatest figures."""
    if not table.rows:
        return f"{table.title}: nothing yet"
    row = table.rows[-1] if isinstance(table.rows[-1][0], date) else table.rows[0]
    parts = [
        f"{column.name} {cell:,}{' ' if column.unit else ''}{column.unit}"
        for column, cell in zip(table.columns[1:], row[1:], strict=True)
        if isinstance(cell, int | float)
    ]
    return f"{table.title}. {_label(row[0])}: {', '.join(parts) or 'nothing'}"


def _readers(table: Table) -> Plot:
    came = [
        _number(joined) + _number(returned)
        for joined, returned in zip(table.column(JOINED), table.column(RETURNED), strict=True)
    ]
    left = [Series(why, [-_number(cell) for cell in table.column(why)]) for why in WHY_LEFT]
    series = [Series("joined or came back", came), *(one for one in left if any(one.values))]
    return Plot(table.title, _labels(table), series, Kind.STACKED)


def _mails(table: Table) -> Plot:
    series = [
        Series(name, values) for name, values in _columns(table) if name == "sent" or any(values)
    ]
    series.sort(key=lambda one: one.name != "sent")  # at the bottom of each bar
    return Plot(table.title, _labels(table), series, Kind.STACKED)


def _sending(table: Table) -> Plot:
    minutes = [_value(cell) for cell in table.column("sending")]
    return Plot(table.title, _labels(table), [Series("minutes", minutes)], Kind.STACKED, "min")


def _feedback(table: Table) -> Plot:
    series = [
        Series(name, [_value(cell) for cell in table.column(name)])
        for name in ("complaints", "bounces")
    ]
    limits = [
        Series(f"{words} {share} %", [share] * len(table.rows), limit=True)
        for words, share in (("wanted: below", COMPLAINTS_WISHED), ("never:", COMPLAINTS_MOST))
    ]
    return Plot(table.title, _labels(table), [*series, *limits], unit="%")


def _topics(table: Table) -> Plot:
    """Draw shares: there are far more readers than papers."""
    series = []
    for name in ("readers", "papers"):
        counts = [_number(cell) for cell in table.column(name)]
        whole = sum(counts) or 1
        shares = [round(100 * count / whole, 1) for count in counts[:MOST_BARS]]
        series.append(Series(f"share of all {name}", shares))
    labels = _labels(table)[:MOST_BARS]
    return Plot(f"{table.title}, in percent of each", labels, series, Kind.LYING, "%")


def _votes(table: Table) -> Plot:
    more = [_number(cell) for cell in table.column("more like this")][:MOST_BARS]
    less = [-_number(cell) for cell in table.column("less")][:MOST_BARS]
    series = [Series("more like this", more), Series("less", less)]
    return Plot(table.title, _labels(table)[:MOST_BARS], series, Kind.LYING)


def _ranks(table: Table) -> Plot:
    series = [Series(_shortened(name), values) for name, values in _columns(table)]
    return Plot(table.title, _labels(table), series, Kind.RANKS)


def _sources(table: Table) -> Plot:
    return Plot(
        table.title, _labels(table), [Series(name, values) for name, values in _columns(table)]
    )


_FORMS: Mapping[str, Callable[[Table], Plot]] = {
    "readers": _readers,
    "mails": _mails,
    "sending": _sending,
    "feedback": _feedback,
    "topics": _topics,
    "votes": _votes,
    "ranks": _ranks,
    "sources": _sources,
}


def _labels(table: Table) -> list[str]:
    return [_label(row[0]) for row in table.rows]


def _label(cell: Cell) -> str:
    return f"{cell.day} {cell:%b}" if isinstance(cell, date) else str(cell)


def _columns(table: Table) -> list[tuple[str, Sequence[float | None]]]:
    """Return the columns after the first one, as numbers."""
    return [
        (column.name, [_value(row[place]) for row in table.rows])
        for place, column in enumerate(table.columns[1:], start=1)
    ]


def _value(cell: Cell) -> float | None:
    return cell if isinstance(cell, int | float) else None


def _number(cell: Cell) -> float:
    return _value(cell) or 0


def _shortened(name: str) -> str:
    return name if len(name) <= 20 else f"{name[:19]}…"
