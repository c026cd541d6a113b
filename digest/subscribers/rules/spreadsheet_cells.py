"""Cells of a file that a spreadsheet would run: made harmless, and read back unchanged.

A spreadsheet takes a cell that begins with one of `= + - @` (also their wide forms), a tab or a
line end for a formula (CWE-1236). An apostrophe in front makes it text. A spreadsheet that splits
at semicolons sees further cells within ours, so what stands behind a separator is treated alike.
"""

import re

_BEGINS = r"(?:^|(?<=[;\t\r\n]))"
_RUN = r"[ ']*[=+\-@\t\r\n＝＋－＠]"  # noqa: RUF001 - spreadsheets take the wide ones, too
_DANGEROUS = re.compile(f"{_BEGINS}(?={_RUN})")
_MADE_HARMLESS = re.compile(f"{_BEGINS}'(?={_RUN})")


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet runs."""
    return _DANGEROUS.sub("'", text)


def restored(cell: str) -> str:
    """Undo `harmless`; a cell that was never dangerous stays as it is."""
    return _MADE_HARMLESS.sub("", cell) if "'" in cell else cell
