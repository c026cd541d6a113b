"""The first papers of somebody who is new: what the newest edition has for them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock

from digest.delivery.store import due_deliveries
from digest.editions.store import editions, offered
from digest.editions.store.editions import OpenEdition
from digest.ground.database.engine import Database
from digest.model import EmptyDay, Pick
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.selection import select


@dataclass(slots=True)
class FirstPapers:
    """Chooses for new readers; keeps the newest edition ready for selection, for any thread.

    foresee: the newest edition as it is or would be. make_matrix: it, ready for selection.
    """

    database: Database
    foresee: Callable[[date | None], OpenEdition]
    make_matrix: Callable[[OpenEdition], CandidateMatrix]
    _kept: tuple[object, CandidateMatrix] | None = None
    _lock: Lock = field(default_factory=Lock)

    def choose(self, subscriber_id: int) -> tuple[OpenEdition | None, tuple[Pick, ...]]:
        """Return the newest edition with papers, and what it has for a reader.

        Papers that trend, where none match. None and nothing before the first paper, and for no
        such reader.
        """
        edition = self._newest()
        if edition is None:
            return None, ()
        papers = [candidate.paper.id for candidate in edition.edition.candidates]
        with self.database.read() as session:
            shared = offered.ids_with_any(session, papers)
            try:
                found, _ = due_deliveries.reader(session, edition.id, shared, subscriber_id)
            except LookupError:
                return None, ()
        matrix = self._matrix(edition)
        filled = replace(found.preferences, empty_day=EmptyDay.FILL)
        picks = (
            select(matrix, [found])[0] or select(matrix, [replace(found, preferences=filled)])[0]
        )
        return edition, tuple(picks)

    def _newest(self) -> OpenEdition | None:
        """Return the newest edition with papers; one that was closed as empty is passed over."""
        found = self.foresee(None)
        if found.empty is None and found.edition.candidates:
            return found
        with self.database.read() as session:
            day = editions.newest_with_news(session)
            return editions.get(session, day) if day else None

    def _matrix(self, edition: OpenEdition) -> CandidateMatrix:
        shown = edition.edition
        trends = tuple(
            (each.paper.id, each.trend.score, *each.paper.topics.items())
            for each in shown.candidates
        )
        # One that is not open yet may still change, and so may one that the editors look at.
        key = (shown.date, shown.catalogue_version, trends, shown.pinned)
        with self._lock:
            if self._kept is None or self._kept[0] != key:
                self._kept = (key, self.make_matrix(edition))
            return self._kept[1]
