"""Parse dumps: bytes in, a header, entries and refusals out; one module per input format.

A format is a module with three names: `NAME`, `recognises(first_bytes) -> bool` and
`parse(chunks, *, not_after, given) -> Iterator[Part]`. A new format is a new module in `FORMATS`,
before the text page, which takes whatever looks like text.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Protocol

from digest.errors import DumpError
from digest.papers.dumps import json_lines, odd, text_page
from digest.papers.dumps.parts import Entry, Header, Part, Refusal

__all__ = ["FORMATS", "Entry", "Format", "Header", "Part", "Refusal", "detect"]


class Format(Protocol):
    """The interface of a module for an input format."""

    NAME: str

    def recognises(self, first_bytes: bytes) -> bool:
        """Whether a file that starts like this has this format."""

    def parse(
        self, chunks: Iterable[bytes], *, not_after: date, given: date | None = None
    ) -> Iterator[Part]:
        """Yield one Header, then entries and refusals in the order of the file."""


FORMATS: tuple[Format, ...] = (json_lines, text_page)


def detect(first_bytes: bytes) -> Format:
    """Return the format of a file by its first bytes (a few thousand are plenty).

    Raises DumpError, with a reason that a person can act on, for a file in no known format.
    """
    for candidate in FORMATS:
        if candidate.recognises(first_bytes):
            return candidate
    raise DumpError(odd.explain(first_bytes))
