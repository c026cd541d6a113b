"""The copy of who left, outside of the database: a line an event, a file a month.

It holds ids, hashes of nonces and of suppressed addresses; no address. It is read after a
restore, and kept for DIGEST_LEAVERS_LOG_DAYS: as long as the oldest backup that anybody would
restore.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from digest.installation import marks
from digest.installation.rules import leaver_lines


def add(folder: Path, entries: Sequence[dict[str, Any]], now: datetime) -> None:
    """Add lines; DigestError when they cannot be written."""
    if entries:
        lines = "".join(f"{json.dumps(each)}\n" for each in entries)
        marks.append(folder / f"leavers-{now:%Y-%m}.log", lines.encode(), sync=True)


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries, the oldest first; one that is not whole is left out."""
    for path in sorted(folder.glob("leavers-*.log")):
        yield from _entries(path)


def newest_hashes(folder: Path) -> set[str]:
    """Return the hashes of suppressed addresses in the files of the last two months."""
    found = set()
    for path in sorted(folder.glob("leavers-*.log"))[-2:]:
        for entry in _entries(path):
            found.add(entry.get("address_hash", ""))
    return found


def forget(folder: Path, now: datetime, days: int) -> int:
    """Delete the files of months that ended longer ago; return how many."""
    oldest = f"leavers-{(now - timedelta(days=days)):%Y-%m}.log"
    return marks.forget_logs(folder, oldest)


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if (entry := leaver_lines.parse(line)) is not None:
            yield entry
