"""Take the mail that somebody delivers into a Maildir."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from digest.errors import InputError
from digest.ground.database.tables.intake import Fate
from digest.intake.incoming import LARGEST_BYTES
from digest.intake.taking import Receipt

ACTED_ON = (Fate.UNSUBSCRIBED, Fate.ALREADY, Fate.APPLIED, Fate.RECORDED)


def drain(
    folder: Path, take: Callable[[bytes], Receipt], told: Callable[[str, Receipt], None]
) -> Counter[Fate]:
    """Take all new messages of a Maildir; count them by fate.

    A mail that was acted on is deleted. Every other one goes to `cur`, unread, for a person to look
    at, and is not taken again. told: called with each file's name. InputError when it is no
    Maildir. What fails (a database, say) leaves its mail and those after it where they are.
    """
    if not all((folder / name).is_dir() for name in ("new", "cur")):
        raise InputError(f"{folder} is no Maildir: it lacks new/ or cur/")
    counts: Counter[Fate] = Counter()
    for path, raw in _new(folder):
        receipt = take(raw)
        with suppress(FileNotFoundError):  # another run was as quick; acting twice is harmless
            if receipt.fate in ACTED_ON:
                path.unlink()
            else:
                path.rename(folder / "cur" / f"{path.name.partition(':')[0]}:2,")
        counts[receipt.fate] += 1
        told(path.name, receipt)
    return counts


def _new(folder: Path) -> Iterator[tuple[Path, bytes]]:
    names = sorted(entry.name for entry in os.scandir(folder / "new") if entry.is_file())
    for name in names:
        path = folder / "new" / name
        try:
            with path.open("rb") as file:
                raw = file.read(LARGEST_BYTES + 1)
        except FileNotFoundError:  # another run has it
            continue
        yield path, raw
