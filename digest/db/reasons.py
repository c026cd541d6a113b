"""Reasons, each stored once, and the picks of a delivery packed into 8 bytes each.

The packed form is a run of little-endian (paper id, reason id) pairs of 32 bits, in mail order. A
last pair of (0, n) says that n more papers were meant for the reader and did not fit the mail.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.db.engine import insert_new
from digest.db.tables import ReasonRow
from digest.model import Pick, Reason, ReasonKind

_PAIR = struct.Struct("<II")
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


def paper_ids(packed: bytes) -> list[int]:
    """Return only the papers of packed picks, in mail order; of several mails, put together."""
    numbers = struct.unpack(f"<{len(packed) // 4}I", packed)
    return [paper for paper in numbers[::2] if paper]


def all_reasons(session: Session) -> dict[int, Reason]:
    """Return every reason by its id; there are as many as topics and distinct interests."""
    query = select(ReasonRow.id, ReasonRow.kind, ReasonRow.subject)
    return {id_: Reason(ReasonKind(kind), subject) for id_, kind, subject in session.execute(query)}


def intern(session: Session, wanted: Iterable[Reason]) -> None:
    """Store the reasons that have no row yet; safe beside another worker doing the same."""
    rows = [{"kind": reason.kind.value, "subject": reason.subject} for reason in wanted]
    if rows:
        rows.sort(key=lambda row: (row["kind"], row["subject"]))  # one lock order for all workers
        session.execute(insert_new(session, ReasonRow), rows)
