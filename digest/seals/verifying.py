"""Look for rows that are no longer as they were sealed, and for seals that do not follow."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from digest.errors import NotFoundError
from digest.ground.database.engine import Database
from digest.seals.rules import hashing
from digest.seals.rules.hashing import Seal
from digest.seals.store import inputs, sealed_batches, seals
from digest.seals.store.sealed_batches import BatchHash

_OCTETS = 32


@dataclass(slots=True)
class Verification:
    """What was found out about an edition. seal: the newest of it, in hexadecimal digits.

    problems: what is not as it was sealed, a sentence each. remarks: what is as it should be, and
    worth knowing. thinned: only the seals and the frozen edition could be compared.
    changed_settings: names of those that shape a mail and are others now.
    """

    day: date
    seal: str
    sealed_at: datetime
    rows: int = 0
    mails: int = 0
    thinned: bool = False
    changed_settings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return it as programs read it."""
        return {
            "edition": self.day.isoformat(),
            "seal": self.seal,
            "sealed_at": self.sealed_at.isoformat(),
            "rows": self.rows,
            "mails": self.mails,
            "thinned": self.thinned,
            "changed_settings": self.changed_settings,
            "problems": self.problems,
            "remarks": self.remarks,
        }


def verify(
    database: Database,
    day: date,
    settings: Callable[[int], Mapping[str, str]],
    progress: Callable[[int], None] = lambda _: None,
) -> Verification:
    """Compare the ledger of an edition with its newest seal, and that seal with all before it.

    settings: as they are now, like those of `seal_settled`. progress: told how many rows are done.
    NotFoundError when the edition has never been sealed.
    """
    with database.read() as session:
        found = seals.newest_of(session, day)
        if found is None:
            raise NotFoundError(
                f"The edition of {day} has no seal: it is not settled yet, or there is none.",
                hint=f"digest edition show --date {day}",
            )
        edition_id, seal, stored = found
        verification = Verification(day, stored.hex(), seal.at)
        if (times := seals.count_of(session, day)) > 1:
            why = "as it was sent further, erased from or thinned in between"
            verification.remarks.append(f"It was sealed {times} times, {why}.")
        verification.problems += _broken_links(session)
        if thinned := sealed_batches.thinned_at(session, edition_id):
            verification.thinned = True
            said = f"Its details were thinned on {thinned:%Y-%m-%d}"
            verification.remarks.append(f"{said}: its mails cannot be made again.")
            verification.problems += _changed_blocks(session, edition_id, seal, thinned)
        else:
            _compare_batches(session, edition_id, seal, verification, progress)
        verification.problems += _changed_inputs(session, edition_id, seal)
        version = seals.catalogue_version(session, edition_id)
    verification.changed_settings = _changed_settings(seal, settings(version))
    if names := verification.changed_settings:
        said = f"Set otherwise since: {', '.join(names)}"
        verification.remarks.append(f"{said}. Mails cannot be made again as they were.")
    return verification


def _broken_links(session: Session) -> Iterator[str]:
    """Say which seals were changed, or lack the one before them."""
    previous, number = b"", 0
    for number, (seal, stored) in enumerate(seals.chain(session), start=1):
        if hashing.hash_seal(seal) != stored:
            yield f"Seal {number}, of the edition of {seal.day}, was changed after it was made."
        if seal.previous != previous:
            yield f"Before seal {number}, of the edition of {seal.day}, a seal is missing."
        previous = stored


def _compare_batches(
    session: Session,
    edition_id: int,
    seal: Seal,
    verification: Verification,
    progress: Callable[[int], None],
) -> None:
    batches = sealed_batches.of_edition(session, edition_id)
    if any(not batch.rows_hash for batch in batches):
        again = "Some of it is being sent again, or erased, and will be sealed again."
        verification.remarks.append(again)
    elif hashing.hash_batches((each.number, each.rows_hash) for each in batches) != seal.root:
        said = f"The seal has {seal.batches} batches, the ledger {len(batches)}"
        verification.problems.append(f"{said}: one was changed, added or removed.")
    for batch in batches:
        found = {
            row.subscriber_id: hashing.hash_row(row)
            for row in sealed_batches.rows(session, edition_id, batch.number)
        }
        verification.rows += len(found)
        progress(len(found))
        if batch.rows_hash and hashing.hash_rows(found.values()) != batch.rows_hash:
            verification.problems += _differences(batch, found)
    count = sealed_batches.count_rows(session, edition_id)
    if count != verification.rows:
        left = count - verification.rows
        rows = "1 row of this edition is" if left == 1 else f"{left} rows of this edition are"
        verification.problems.append(f"{rows} in no batch of it.")


def _differences(batch: BatchHash, found: Mapping[int, bytes]) -> Iterator[str]:
    """Name the rows of a batch that differ; at least one sentence."""
    sealed = hashing.unpack_tags(batch.row_tags)
    named = False
    for key in sorted(sealed.keys() | found.keys()):
        if key not in found:
            what = "was removed"
        elif key not in sealed:
            what = "was added"
        elif hashing.tag(found[key]) != sealed[key]:
            what = "was changed"
        else:
            continue
        named = True
        yield f"The delivery to subscriber {key} {what} after it was sealed."
    if not named:
        yield f"The hash of batch {batch.number} was changed, or one of its rows."


def _changed_blocks(
    session: Session, edition_id: int, seal: Seal, thinned_at: datetime
) -> Iterator[str]:
    """Say what of a thinned edition does not fit: rows that are left, or another block."""
    if sealed_batches.of_edition(session, edition_id):
        return  # not all of it is thinned yet
    if left := sealed_batches.count_rows(session, edition_id):
        yield f"It is thinned, and yet {left} of its rows are there."
    blocks = sealed_batches.blocks_of(session, edition_id)
    if seal.at < thinned_at:  # sealed anew by the next `tidy`
        fits = sealed_batches.count_in_blocks(session, edition_id) == seal.rows
    else:
        root = hashing.hash_batches((block.number, block.rows_hash) for block in blocks)
        fits = root == seal.root
    if not fits:
        yield "A block of it was changed, added or removed after it was sealed."


def _changed_inputs(session: Session, edition_id: int, seal: Seal) -> Iterator[str]:
    """Say what of the frozen edition is no longer as it was sealed."""
    now = inputs.hash_inputs(session, edition_id)
    if now == seal.inputs:
        return
    if now[:_OCTETS] != seal.inputs[:_OCTETS]:
        yield "When the edition was opened or is due, or its domain or its editing, was changed."
    if len(now) != len(seal.inputs):
        count, sealed = (len(each) // _OCTETS - 1 for each in (now, seal.inputs))
        yield f"The edition has {count} candidates, its seal {sealed}."
        return
    for start in range(_OCTETS, len(now), _OCTETS):
        if now[start : start + _OCTETS] != seal.inputs[start : start + _OCTETS]:
            yield f"Candidate {start // _OCTETS} of the edition was changed."


def _changed_settings(seal: Seal, settings: Mapping[str, str]) -> list[str]:
    return sorted(
        name
        for name in seal.settings.keys() | settings.keys()
        if seal.settings.get(name) != settings.get(name)
    )
