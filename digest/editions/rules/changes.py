"""Apply what the editors changed to a frozen edition (docs/why/editing.md).

The changes that stand are applied in the order in which they were made, so every process and
machine that reads the same entries has the same edition. Without one the edition stays the same
object.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

from digest.errors import InputError
from digest.ground.text.plain_text import clean
from digest.model import Candidate, Change, ChangeKind, Edition
from digest.summary.claim import LONGEST as LONGEST_CLAIM

LONGEST_NOTE = 400  # characters of a note, on a paper or on the edition
_LONGEST = {ChangeKind.CLAIM: LONGEST_CLAIM, ChangeKind.NOTE: LONGEST_NOTE}


def apply(edition: Edition, changes: Sequence[Change]) -> Edition:
    """Return the edition as the editors want it.

    A dropped paper is no candidate. A moved one takes the trend of the place where it stands now,
    so the candidates stay in the order of falling trend. Of several claims or notes the last one
    counts. What names a paper that is no candidate counts for nothing.
    """
    standing = [each for each in changes if each.undone_at is None]
    if not standing:
        return edition
    candidates = {each.paper.id: each for each in edition.candidates}
    order = list(candidates)
    dropped: set[int] = set()
    pinned: set[int] = set()
    moved: set[int] = set()
    note = edition.note
    for each in standing:
        paper = each.paper_id
        if paper is None:
            note = each.value if each.kind is ChangeKind.NOTE else note
        elif paper in candidates:
            match each.kind:
                case ChangeKind.DROP:
                    dropped.add(paper)
                case ChangeKind.PIN:
                    pinned.add(paper)
                case ChangeKind.MOVE:
                    order = _moved(order, dropped, paper, int(each.value))
                    moved.add(paper)
                case ChangeKind.CLAIM:
                    candidates[paper] = replace(candidates[paper], claim=each.value)
                case ChangeKind.NOTE:
                    candidates[paper] = replace(candidates[paper], note=each.value)
    left = [candidates[paper] for paper in order if paper not in dropped]
    return replace(
        edition,
        candidates=tuple(_in_place(left, moved) if moved else left),
        pinned=tuple(each.paper.id for each in left if each.paper.id in pinned),
        note=note,
        dropped=len(dropped),
    )


def checked_text(kind: ChangeKind, text: str) -> str:
    """Return a claim or a note as it is kept, on one line; InputError when it cannot be one."""
    shown, longest = clean(text), _LONGEST[kind]
    if not shown:
        raise InputError(f"The {kind} is empty.", hint="to take one back, undo it")
    if len(shown) > longest:
        raise InputError(
            f"The {kind} has {len(shown)} characters, and at most {longest} are shown.",
            hint="shorten it",
        )
    return shown


def _moved(order: Sequence[int], dropped: Set[int], paper: int, place: int) -> list[int]:
    """Return the order with a paper at a place, counted from 1 among those that are not dropped."""
    others = [each for each in order if each != paper]
    shown = [at for at, each in enumerate(others) if each not in dropped]
    at = shown[place - 1] if place <= len(shown) else len(others)
    return [*others[:at], paper, *others[at:]]


def _in_place(candidates: Sequence[Candidate], moved: Set[int]) -> list[Candidate]:
    """Give moved papers the trend of the unmoved neighbour below, of the last one the one above.

    Their trend of the week is that of the paper at the same place of the week's order.
    """
    scores = _filled([None if _is(each, moved) else each.trend.score for each in candidates])
    if scores is None:  # all of them were moved
        scores = sorted((each.trend.score for each in candidates), reverse=True)
    weekly = sorted(
        (each.trend.weekly or 0.0 for each in candidates if not _is(each, moved)), reverse=True
    )
    found, above = [], 0
    for each, score in zip(candidates, scores, strict=True):
        if not _is(each, moved):
            above += 1
            found.append(each)
            continue
        trend = replace(each.trend, score=score)
        if weekly and trend.weekly is not None:
            trend = replace(trend, weekly=weekly[min(above, len(weekly) - 1)])
        found.append(replace(each, trend=trend))
    return found


def _is(candidate: Candidate, some: Set[int]) -> bool:
    return candidate.paper.id in some


def _filled(scores: Sequence[float | None]) -> list[float] | None:
    """Fill gaps with what follows them, the last ones with what comes before; None if all are."""
    known = [score for score in scores if score is not None]
    if not known:
        return None
    below: float = known[-1]
    found = []
    for score in reversed(scores):
        below = below if score is None else score
        found.append(below)
    return found[::-1]


def standing(changes: Iterable[Change], kind: ChangeKind, paper_id: int | None) -> list[Change]:
    """Return the changes of one kind to a paper, or to the edition, that stand; oldest first."""
    return [
        each
        for each in changes
        if each.kind is kind and each.paper_id == paper_id and each.undone_at is None
    ]
