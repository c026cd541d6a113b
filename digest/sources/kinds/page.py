"""What one answer of a source holds."""

from dataclasses import dataclass
from datetime import date

from digest.papers.dumps import Entry, Refusal


@dataclass(frozen=True, slots=True)
class Page:
    """Entries in the order of the list, and what cannot be taken.

    day: of the list, where the answer itself says it. outside: entries of other days, left out.
    next_url: where the list goes on; empty where it ends. ranked: false where the answer says that
    its order means nothing. A refusal's line is the place of the entry in the answer, from 1.
    """

    entries: tuple[Entry, ...]
    refusals: tuple[Refusal, ...] = ()
    day: date | None = None
    outside: int = 0
    next_url: str = ""
    ranked: bool = True


def sort_out(parts: list[Entry | Refusal]) -> tuple[tuple[Entry, ...], tuple[Refusal, ...]]:
    """Part entries and refusals."""
    entries = tuple(part for part in parts if isinstance(part, Entry))
    return entries, tuple(part for part in parts if isinstance(part, Refusal))
