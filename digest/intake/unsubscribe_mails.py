"""Act on mail that comes in: so far a mail to an unsubscribe address ends the subscription.

`receive` is where mail of other kinds is told apart: each kind has signed addresses of its own.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from digest.errors import InputError, LinkError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.intake.incoming import LARGEST_BYTES, read_mail
from digest.render.unsubscribe_addresses import tokens_in
from digest.subscribers import unsubscribe


class Fate(StrEnum):
    """What became of a mail."""

    UNSUBSCRIBED = "unsubscribed"
    ALREADY = "already"  # the subscription had ended before, or its reader was erased
    APPLIED = "applied"  # a reply was understood and acted on
    UNCLEAR = "unclear"  # a reply was not understood: nothing was done
    AUTOMATIC = "automatic"  # nobody meant it: nothing was done
    UNKNOWN = "unknown"  # no address of it has a token of ours
    REFUSED = "refused"  # too large, or no mail at all


DONE = (Fate.UNSUBSCRIBED, Fate.ALREADY, Fate.APPLIED)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a mail, and why in words."""

    fate: Fate
    reason: str = ""


def receive(
    database: Database,
    signer: LinkSigner,
    raw: bytes,
    *,
    recipients: Sequence[str] = (),
    now: datetime,
    goodbye: Callable[[unsubscribe.Step], object],
) -> Receipt:
    """Take one message; whoever sent it, the token in the address that it came to counts.

    goodbye: called with the step when this mail has ended a subscription.
    """
    try:
        mail = read_mail(raw, recipients)
    except InputError as exc:
        return Receipt(Fate.REFUSED, str(exc))
    subscriber_id = _leaver(signer, mail.addressed)
    if mail.automatic:
        return Receipt(Fate.AUTOMATIC, f"This is {mail.automatic}; nothing was done.")
    if subscriber_id is None:
        reason = "No address of this mail is one of ours, or it was altered."
        return Receipt(Fate.UNKNOWN, f"{reason} Nothing was done.")
    try:
        step = unsubscribe.unsubscribe(database, subscriber_id, now)
    except NotFoundError as exc:
        return Receipt(Fate.ALREADY, str(exc))
    if step.tell:
        goodbye(step)
    if step.changed:
        return Receipt(Fate.UNSUBSCRIBED, f"Subscriber {subscriber_id} is unsubscribed.")
    return Receipt(Fate.ALREADY, f"Subscriber {subscriber_id} was unsubscribed already.")


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
            if receipt.fate in DONE:
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


def _leaver(signer: LinkSigner, addressed: Sequence[str]) -> int | None:
    """The subscriber of the first address with a genuine token."""
    for text in addressed:
        for token in tokens_in(text):
            with suppress(LinkError):
                return signer.read(Purpose.UNSUBSCRIBE, token).subscriber_id
    return None
