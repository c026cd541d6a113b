"""Made-up dumps in the form of text pages."""

import os
from datetime import UTC, datetime
from pathlib import Path

HEADER = ("new", "Get trending papers in your email inbox!", "Subscribe")
MODIFIED = datetime(2026, 11, 20, 12, tzinfo=UTC)


def make_abstract(title: str, extra: str = "") -> str:
    """An abstract of ordinary length that is about its title."""
    middle = "We measure it in nine kitchens and report every error with its cause. " * 6
    return f"{title} is studied here. {middle}{extra or 'All data are kept.'}"


def write_dump(
    path: Path,
    *papers: str | tuple[str, str],
    day: str = "Nov 17",
    modified: datetime = MODIFIED,
) -> Path:
    """Write a text page; a paper is a title, or a title and its abstract."""
    blocks = [*HEADER, day]
    for paper in papers:
        title, abstract = (paper, make_abstract(paper)) if isinstance(paper, str) else paper
        blocks += [title, abstract]
    path.write_text("\n\n".join(blocks), encoding="utf-8")
    os.utime(path, (modified.timestamp(), modified.timestamp()))
    return path
