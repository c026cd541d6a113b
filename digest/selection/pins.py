"""Put what the editors have pinned before what is chosen for each reader (docs/why/editing.md).

A pin takes one of the reader's own places, so mails keep their length. It never breaks a promise: a
paper that was sent before, voted on or muted stays out. And it makes no mail of its own: who would
get nothing without it gets nothing.
"""

from collections.abc import Callable
from dataclasses import replace

from digest.model import EmptyDay, Pick, Reader, Reason, ReasonKind
from digest.selection.batch_preferences import BatchPreferences
from digest.selection.candidate_matrix import CandidateMatrix

CHOSEN = Reason(ReasonKind.EDITORS)
Select = Callable[[CandidateMatrix, BatchPreferences], list[tuple[Pick, ...]]]


def select(
    matrix: CandidateMatrix, wanted: BatchPreferences, others: Select
) -> list[tuple[Pick, ...]]:
    """Choose for each reader: pins first, then what `others` chooses for the places left."""
    pinned = [
        [place for place in matrix.pinned if place not in excluded][: reader.preferences.max_papers]
        for reader, excluded in zip(wanted.readers, wanted.excluded, strict=True)
    ]
    beside = replace(
        wanted,
        readers=[_shorter(*each) for each in zip(wanted.readers, map(len, pinned), strict=True)],
        excluded=[{*left, *pins} for left, pins in zip(wanted.excluded, pinned, strict=True)],
    )
    found: list[tuple[Pick, ...]] = []
    for row, picks in enumerate(others(matrix, beside)):
        reader, pins = wanted.readers[row], pinned[row]
        if not picks and not _gets_mail(wanted, row, pins):
            found.append(())
            continue
        room = reader.preferences.max_papers - len(pins)
        first = tuple([Pick(matrix.paper_ids[place], CHOSEN) for place in pins])
        found.append(first + picks[:room])
    return found


def _shorter(reader: Reader, pins: int) -> Reader:
    """Return the reader as one who wants so many papers fewer, also of those with a summary.

    At least one: whether there is anything for them at all shows even when no place is left.
    """
    prefs = reader.preferences
    length, summaries = max(1, prefs.max_papers - pins), max(0, prefs.summaries - pins)
    return replace(reader, preferences=replace(prefs, max_papers=length, summaries=summaries))


def _gets_mail(wanted: BatchPreferences, row: int, pins: list[int]) -> bool:
    """Whether a reader for whom nothing else is left gets the pins: as they would without them."""
    follows, preferences = wanted.followed[row], wanted.readers[row].preferences
    if not follows or preferences.empty_day is EmptyDay.FILL:
        return bool(pins)
    return any(place in follow.matches.members for follow in follows for place in pins)
