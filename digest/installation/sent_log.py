"""The log of what was sent: a line a settled batch, a file a day, outside of the database.

    2026-11-21 7 3 sent 1,2,5 uncertain 9        date and id of the edition, batch, subscriber ids

As of the journals, a loss of power may cost the last lines; a kill costs none. It outlives the
journals for DIGEST_SENT_LOG_DAYS, so that after a restore nobody is mailed twice.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from digest.installation import marks


class SentBatch(NamedTuple):
    """What was sent of a batch, and may have been sent, by subscriber id."""

    day: date
    edition_id: int
    number: int
    sent: frozenset[int]
    uncertain: frozenset[int]


def add(folder: Path, batch: SentBatch, now: datetime) -> None:
    """Add a line; DigestError when it cannot be written. Nothing for a batch without a mail."""
    if not (batch.sent or batch.uncertain):
        return
    sent, uncertain = _ids(batch.sent), _ids(batch.uncertain)
    line = f"{batch.day} {batch.edition_id} {batch.number} sent {sent} uncertain {uncertain}\n"
    marks.append(folder / f"sent-{now:%Y-%m-%d}.log", line.encode(), sync=False)


def read(folder: Path) -> Iterator[SentBatch]:
    """Yield the lines, the oldest first; one that is not whole is left out."""
    for path in sorted(folder.glob("sent-*.log")):
        for line in path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]:
            with suppress(ValueError):
                yield _parse(line)


def forget(folder: Path, now: datetime, days: int) -> int:
    """Delete the files that are older; return how many."""
    oldest = f"sent-{(now - timedelta(days=days)):%Y-%m-%d}.log"
    return marks.forget_logs(folder, oldest)


def _parse(line: str) -> SentBatch:
    day, edition_id, number, _, sent, _, uncertain = line.split(" ")
    return SentBatch(
        date.fromisoformat(day), int(edition_id), int(number), _set(sent), _set(uncertain)
    )


def _ids(ids: Collection[int]) -> str:
    return ",".join(map(str, sorted(ids)))


def _set(text: str) -> frozenset[int]:
    return frozenset(map(int, text.split(","))) if text else frozenset()
