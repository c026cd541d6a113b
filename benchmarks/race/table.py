"""The results as tables."""

from collections.abc import Iterable, Sequence

from benchmarks.race.course import Result


def rates(results: Iterable[Result]) -> str:
    """Say how fast everybody was, and what it took."""
    heads = ("mails", "mails/s", "start s", "ms CPU", "of sending", "database", "peak MB", "KB")
    rows = [
        (
            one.name,
            f"{one.readers:,}",
            f"{one.rate:,.0f}",
            f"{one.start_seconds:.1f}",
            f"{one.cpu_ms:.3f}",
            f"{one.beyond_ms:.3f}",
            f"{one.database_ms:.3f}" if one.database_ms else "-",
            f"{one.peak_mb:,.0f}",
            f"{one.kilobytes:.1f}",
            "each once"
            if one.once == one.readers
            else f"{one.once:,} once, {one.arrived:,} in all",
        )
        for one in results
    ]
    return _table((*heads, "arrived"), rows)


def kills(results: Iterable[Result]) -> str:
    """Say what was lost and what came twice."""
    heads = ("readers", "kills", "lost", "doubled", "unmarked", "seconds")
    rows = [
        (
            one.name,
            *(f"{one.readers:,}", f"{one.kills}", f"{one.lost:,}"),
            *(f"{one.doubled:,}", f"{one.unmarked:,}", f"{one.seconds:.1f}"),
        )
        for one in results
    ]
    return _table(heads, rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [("", *heads), *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
