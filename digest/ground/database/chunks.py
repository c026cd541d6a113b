"""Cut what a statement asks for into chunks that it can take."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

CHUNK = 500  # values in one IN (...); SQLite takes 32,766 variables at most

Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """Yield the items in their order, at most so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
