"""Reasons, each stored once, and the picks of a delivery packed into 8 bytes each.

The packed form is a run of little-endian (paper id, reason id) pairs of 32 bits, in mail order. A
last pair of (0, n) says that n more papers were meant for the reader and did not fit the mail.
"""

import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.errors import InputError
from digest.ground.database.statements import CHUNK, chunks, insert_new
from digest.ground.database.tables import ReasonRow
from digest.model import Pick, Reason, ReasonKind

_PAIR = struct.Struct("<II")
_KINDS = frozenset(ReasonKind)
_pack_pair = _PAIR.pack  # looked up once: it is called for every pick


def pack(picks: Sequence[Pick], reason_ids: Mapping[Reason, int], *, rest: int = 0) -> bytes:
    """Pack picks; every reason has its id in `reason_ids` (KeyError otherwise)."""
    pairs = [_pack_pair(paper, reason_ids[reason]) for paper, reason in picks]
    if rest:
        pairs.append(_pack_pair(0, rest))
    return b"".join(pairs)


def unpack(packed: bytes, reasons: Mapping[int, Reason]) -> tuple[tuple[Pick, ...], int]:
    """Undo `pack`: return the picks and how many more there were."""
    pairs = list(_PAIR.iter_unpack(packed))
    rest = pairs.pop()[1] if pairs and pairs[-1][0] == 0 else 0
    return tuple(Pick(paper, reasons[reason]) for paper, reason in pairs), rest


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
