"""Choose papers for a batch of readers, some of whom compare two rankings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from digest.model import InLab, Pick, Reader, Team
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.interleaving import Interleaving, interleave
from digest.selection.rankings import RANKINGS
from digest.selection.selection import Chooser


class Chosen(NamedTuple):
    """The picks of one reader. teams: by paper, when two rankings share the mail; else None."""

    picks: tuple[Pick, ...]
    teams: Mapping[int, Team] | None = None


class MixedChooser:
    """Chooses by the standard ranking; for readers in the lab, by its two.

    lab: None while there is none.
    """

    def __init__(self, matrix: CandidateMatrix, lab: Interleaving | None) -> None:
        self._standard = Chooser(matrix)
        self._on = matrix.edition.date
        self._lab = lab
        self._sides = [Chooser(matrix, RANKINGS[name]) for name in (lab.a, lab.b)] if lab else []

    def choose(self, readers: Sequence[Reader]) -> list[Chosen]:
        """Choose for each reader, in the order of `readers`; no picks if nothing is left."""
        lab = self._lab
        if lab is None:
            return [Chosen(picks) for picks in self._standard.choose(readers)]
        inside = [reader for reader in readers if takes_part(reader)]
        pairs = zip(*(side.choose(inside) for side in self._sides), strict=True)
        mixed = (
            _mix(lab.coins(self._on, reader.subscriber_id), reader, *pair)
            for reader, pair in zip(inside, pairs, strict=True)
        )
        outside = [reader for reader in readers if not takes_part(reader)]
        alone = iter(self._standard.choose(outside))
        return [next(mixed) if takes_part(each) else Chosen(next(alone)) for each in readers]


def takes_part(reader: Reader) -> bool:
    """Return whether a reader agreed to compare rankings."""
    return reader.preferences.lab is InLab.YES


def _mix(coins: Iterator[bool], reader: Reader, a: Sequence[Pick], b: Sequence[Pick]) -> Chosen:
    return Chosen(*interleave(a, b, coins, reader.preferences.summaries))
