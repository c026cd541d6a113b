"""Interleave two rankings into one mail, so that the reader's votes compare them.

Team-draft interleaving (Radlinski, Kurup, Joachims: How does clickthrough data reflect retrieval
quality?, CIKM 2008), with one change. Papers that both rankings pick say nothing of which is
better. They stay and belong to no team, and only the others are drafted: turn by turn, each team
its best, and a coin decides who is first in each round. So both teams get equally many places, or
one more by a coin, whichever ranking puts what they share first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from itertools import count

from digest.model import Pick, Team
from digest.selection.arrangement import in_mail_order


@dataclass(frozen=True, slots=True)
class Interleaving:
    """Two rankings by their names in RANKINGS, and the seed of all coins."""

    a: str
    b: str
    seed: bytes = field(repr=False)

    def coins(self, on: date, subscriber_id: int) -> Iterator[bool]:
        """Yield fair coins without end; the same ones for the same edition, reader and lab."""
        return _coins(self.seed, f"{on.isoformat()} {subscriber_id}".encode())


def interleave(
    a: Sequence[Pick], b: Sequence[Pick], coins: Iterator[bool], leads: int
) -> tuple[tuple[Pick, ...], Mapping[int, Team]]:
    """Return one mail of two and, by paper, the team of each paper that only one of them picked.

    a, b: mails in mail order. leads: how many papers come first, whatever their reason. Two mails
    of one length give a mail of that length; of two lengths, one of the two by a coin.
    """
    in_a, in_b = ({pick.paper_id for pick in picks} for picks in (a, b))
    only_a = [pick for pick in a if pick.paper_id not in in_b]
    only_b = [pick for pick in b if pick.paper_id not in in_a]
    frame, shared = (a, in_b) if next(coins) else (b, in_a)
    drafted = _draft(only_a, only_b, coins)
    picks: list[Pick] = []
    teams: dict[int, Team] = {}
    for pick in frame:
        if pick.paper_id in shared:
            picks.append(pick)
        else:
            team, chosen = next(drafted)
            picks.append(chosen)
            teams[chosen.paper_id] = team
    return in_mail_order(picks, leads), teams


def _draft(
    a: Sequence[Pick], b: Sequence[Pick], coins: Iterator[bool]
) -> Iterator[tuple[Team, Pick]]:
    """Yield every pick once, with its team: in rounds, in which each team has a turn."""
    for turn in range(max(len(a), len(b))):
        sides = [(Team.A, a), (Team.B, b)]
        if not next(coins):
            sides.reverse()
        for team, picks in sides:
            if turn < len(picks):
                yield team, picks[turn]


def _coins(key: bytes, what: bytes) -> Iterator[bool]:
    """Yield the bits of BLAKE2b (RFC 7693) under a key, block after block."""
    for block in count():
        bits = blake2b(what + block.to_bytes(4, "little"), key=key, digest_size=16).digest()
        for octet in bits:
            yield from (bool(octet >> place & 1) for place in range(8))
