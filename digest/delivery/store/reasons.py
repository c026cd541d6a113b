"""Reasons, each stored once, and the picks of a delivery packed into 8 bytes each.

The packed form is a run of little-endian (paper id, reason id) pairs of 32 bits, in mail order. A
last pair of (0, n) says that n more papers were meant for the reader and did not fit the mail.
Pairs of (0, 2**31 + t) before it are there when two rankings share the mail: t has two bits for
each of 15 papers, the first one's lowest, which say the team (0: both picked it, 1: A, 2: B).
"""

import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.errors import InputError
from digest.ground.database.statements import CHUNK, chunks, insert_new
from digest.ground.database.tables.delivery import ReasonRow
from digest.model import Pick, Reason, ReasonKind, Team

_PAIR = struct.Struct("<II")
_KINDS = frozenset(ReasonKind)
_TEAMS = 1 << 31  # a pair that says teams; no mail has so many papers more
_TEAMS_A_PAIR = 15
_TEAM_BITS = {None: 0, Team.A: 1, Team.B: 2}
_TEAM_OF = {bits: team for team, bits in _TEAM_BITS.items() if team}


def pack(
    picks: Sequence[Pick],
    reason_ids: Mapping[Reason, int],
    *,
    rest: int = 0,
    teams: Mapping[int, Team] | None = None,
) -> bytes:
    """Pack picks; every reason has its id in `reason_ids` (KeyError otherwise).

    teams: by paper, of those that one of two rankings picked; None when one ranking chose all.
    """
    numbers = [each for paper, reason in picks for each in (paper, reason_ids[reason])]
    pairs = [struct.pack(f"<{len(numbers)}I", *numbers)]
    if teams is not None:
        bits = [_TEAM_BITS[teams.get(paper)] for paper, _ in picks]
        for start in range(0, len(bits), _TEAMS_A_PAIR):
            pairs.append(_PAIR.pack(0, _TEAMS | _join(bits[start : start + _TEAMS_A_PAIR])))
    if rest:
        pairs.append(_PAIR.pack(0, rest))
    return b"".join(pairs)


def unpack(packed: bytes, reasons: Mapping[int, Reason]) -> tuple[tuple[Pick, ...], int]:
    """Undo `pack`: return the picks and how many more there were."""
    pairs = list(_PAIR.iter_unpack(packed))
    rest = pairs.pop()[1] if pairs and pairs[-1][0] == 0 and pairs[-1][1] < _TEAMS else 0
    while pairs and pairs[-1][0] == 0 and pairs[-1][1] >= _TEAMS:
        pairs.pop()
    return tuple(Pick(paper, reasons[reason]) for paper, reason in pairs), rest


def teams_of(packed: bytes) -> dict[int, Team] | None:
    """Return, by paper, the teams of packed picks; None when one ranking chose all of them."""
    pairs = list(_PAIR.iter_unpack(packed))
    marks = [number - _TEAMS for paper, number in pairs if not paper and number >= _TEAMS]
    if not marks:
        return None
    bits = (mark >> 2 * place & 3 for mark in marks for place in range(_TEAMS_A_PAIR))
    papers = (paper for paper, _ in pairs if paper)
    return {
        paper: _TEAM_OF[each] for paper, each in zip(papers, bits, strict=False) if each in _TEAM_OF
    }


def _join(bits: Sequence[int]) -> int:
    return sum(each << 2 * place for place, each in enumerate(bits))


def are_whole(packed: bytes) -> bool:
    """Return whether these are packed picks by their length."""
    return len(packed) % _PAIR.size == 0


def check(packed: bytes | None) -> None:
    """Raise InputError for what no picks were ever packed to."""
    if packed and not are_whole(packed):
        raise InputError(f"the stored picks cannot be read: {packed!r:.60}")


def paper_ids(packed: bytes) -> list[int]:
    """Return only the papers of packed picks, in mail order; of several mails, put together."""
    numbers = struct.unpack(f"<{len(packed) // 4}I", packed)
    return [paper for paper in numbers[::2] if paper]


def behind(
    session: Session, packs: Iterable[bytes], *, ids_a_query: int = CHUNK
) -> dict[int, Reason]:
    """Return the reasons of packed picks by their ids, as `unpack` wants them.

    One of a kind that nobody knows is left out.
    """
    wanted = sorted(
        {reason for pack in packs for paper, reason in _PAIR.iter_unpack(pack) if paper}
    )
    columns = select(ReasonRow.id, ReasonRow.kind, ReasonRow.subject)
    found: dict[int, Reason] = {}
    for ids in chunks(wanted, ids_a_query):
        query = columns.where(ReasonRow.id.in_(ids))
        found.update(
            (id_, Reason(ReasonKind(kind), what))
            for id_, kind, what in session.execute(query)
            if kind in _KINDS
        )
    return found


def ids_of(session: Session, wanted: Iterable[Reason]) -> dict[Reason, int]:
    """Return the ids of those reasons that are stored; an id never changes or goes."""
    subjects: dict[ReasonKind, list[str]] = defaultdict(list)
    for kind, subject in wanted:
        subjects[kind].append(subject)
    found: dict[Reason, int] = {}
    for kind, some in subjects.items():
        query = select(ReasonRow.subject, ReasonRow.id).where(ReasonRow.kind == kind.value)
        for subjects_here in chunks(some):
            rows = session.execute(query.where(ReasonRow.subject.in_(subjects_here)))
            found.update((Reason(kind, subject), id_) for subject, id_ in rows)
    return found


def intern(session: Session, wanted: Iterable[Reason]) -> None:
    """Store the reasons that have no row yet; safe beside another worker doing the same."""
    rows = [{"kind": reason.kind.value, "subject": reason.subject} for reason in wanted]
    if rows:
        rows.sort(key=lambda row: (row["kind"], row["subject"]))  # one lock order for all workers
        session.execute(insert_new(session, ReasonRow), rows)
