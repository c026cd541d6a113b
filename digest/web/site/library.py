"""What the pages read: editions with their papers, kept in memory for as long as they stay true."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from threading import RLock
from typing import TypeVar

from sqlalchemy.orm import Session

from digest.delivery.store import due_deliveries, reasons
from digest.editions.store import editions, offered
from digest.editions.store.editions import OpenEdition
from digest.errors import NotFoundError
from digest.ground.database.engine import Database
from digest.ground.languages.language import N_
from digest.ground.text.plain_text import clean
from digest.model import Paper, Pick, Preferences, Reader
from digest.papers.store import listings
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.explanation import Explanation, explain
from digest.selection.selection import select

Key = TypeVar("Key")
Value = TypeVar("Value")
FRESH_FOR = timedelta(seconds=60)
_LONGEST_SEARCH = 100
_MOST_WORDS = 8
_KEPT = 8  # editions in memory
_RELATED = 130  # thousandths of similarity; one pair of papers in a hundred has more
_MOST_SIMILAR = 5


class Library:
    """The editions, for any number of threads.

    foresee: the newest edition as it is or would be. make_slate: an edition ready for selection.
    """

    def __init__(
        self,
        database: Database,
        foresee: Callable[[date | None], OpenEdition],
        make_matrix: Callable[[OpenEdition], CandidateMatrix],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._foresee = foresee
        self._make_matrix = make_matrix
        self._clock = clock
        self._lock = RLock()
        self._matrix_lock = RLock()  # making one takes a second: only those wait who need it
        self._newest: tuple[datetime, OpenEdition] | None = None
        self._opened: OrderedDict[date, OpenEdition] = OrderedDict()
        self._matrices: OrderedDict[object, CandidateMatrix] = OrderedDict()
        self._shared: OrderedDict[date, tuple[OpenEdition, int, list[int]]] = OrderedDict()

    def today(self) -> OpenEdition:
        """Return the newest edition that has papers, open or not, as of a minute ago at most.

        One that was closed as empty is passed over. NotFoundError when there is no paper yet.
        """
        with self._lock:
            now = self._clock()
            if self._newest is None or not timedelta() <= now - self._newest[0] < FRESH_FOR:
                self._newest = (now, self._find_newest())
            return self._newest[1]

    def _find_newest(self) -> OpenEdition:
        found = self._foresee(None)
        if found.empty is None and found.edition.candidates:
            return found
        with self._database.read() as session:
            day = editions.newest_with_news(session)
        return found if day is None else self.edition(day)

    def edition(self, on: date) -> OpenEdition:
        """Return the edition of a date: an open one, or the newest. NotFoundError for others."""
        with self._lock:
            kept = self._opened.get(on)
            with self._database.read() as session:
                if kept is not None and editions.is_current(session, kept):
                    return kept
                found = editions.get(session, on)
            if found is None:
                return self._newest_of(on)
            if found.empty is None:  # else it may still open, and is not frozen before
                _keep(self._opened, on, found)
            return found

    def dates(self) -> list[tuple[date, int]]:
        """Return the dates of the open editions, the newest first, and how many papers each has."""
        with self._database.read() as session:
            return editions.list_dates(session)

    def listed(
        self, *, topics: Sequence[str] = (), words: str = "", limit: int, offset: int = 0
    ) -> list[tuple[Paper, date | None]]:
        """Return papers by newest list and rank, with the date of that list.

        topics: only of one of these slugs. words: only with each of these in the title or an
        author's name; the first few count.
        """
        wanted = clean(words)[:_LONGEST_SEARCH].split()[:_MOST_WORDS]
        with self._database.read() as session:
            return listings.list_page(
                session, topics=topics, words=wanted, limit=limit, offset=offset
            )

    def similar(self, paper: Paper) -> list[Paper]:
        """Return the papers of the newest edition that are most like a paper, the likest first.

        At most five, and only such as are on a related subject.
        """
        try:
            edition = self.today()
        except NotFoundError:  # before the first paper
            return []
        matrix = self._matrix(edition)
        with self._matrix_lock:  # it keeps what it has found
            likeness = matrix.similarity_to(paper)
        candidates = edition.edition.candidates
        best = sorted(range(len(candidates)), key=lambda place: -likeness[place])
        near = (place for place in best if likeness[place] >= _RELATED)
        others = (candidates[place].paper for place in near)
        return list(islice((other for other in others if other.id != paper.id), _MOST_SIMILAR))

    def papers_by_topic(self) -> dict[str, int]:
        """Count the papers of each topic."""
        with self._database.read() as session:
            return listings.count_papers_by_topic(session)

    def picks(
        self, edition: OpenEdition, subscriber_id: int, preferences: Preferences | None = None
    ) -> tuple[Pick, ...]:
        """Return what a reader got in an edition, else would get; empty when that is nothing.

        preferences: choose by these instead of the stored ones. NotFoundError for no such reader.
        """
        reader, packed = self._reader(edition, subscriber_id)
        if packed is not None and preferences is None:
            with self._database.read() as session:
                return reasons.unpack(packed, reasons.behind(session, [packed]))[0]
        if preferences is not None:
            reader = replace(reader, preferences=preferences)
        return tuple(select(self._matrix(edition), [reader])[0])

    def explain(self, edition: OpenEdition, subscriber_id: int) -> list[Explanation]:
        """Return how a reader sees each candidate: as mailed when it was, else as it would be.

        NotFoundError for no such reader.
        """
        reader, packed = self._reader(edition, subscriber_id)
        picks = None
        if packed is not None:
            with self._database.read() as session:
                picks = reasons.unpack(packed, reasons.behind(session, [packed]))[0]
        return explain(self._matrix(edition), reader, picks)

    def has_had_some(self, edition: OpenEdition, subscriber_id: int) -> bool:
        """Return whether a reader got papers of an edition in earlier ones."""
        return bool(self._reader(edition, subscriber_id)[0].sent)

    def recent_picks(
        self, subscriber_id: int, editions: int
    ) -> list[tuple[OpenEdition, tuple[Pick, ...]]]:
        """Return what the newest editions brought a reader, else would have, the newest first.

        No paper twice: what an older edition shows is taken as had. NotFoundError for no such
        reader.
        """
        had: frozenset[int] = frozenset()
        found = []
        for edition in reversed(self._recent(editions)):
            picks = self._picks_beside(edition, subscriber_id, had)
            had |= {pick.paper_id for pick in picks}
            found.append((edition, picks))
        return found[::-1]

    def _recent(self, count: int) -> list[OpenEdition]:
        """The newest editions, the one that is not open yet among them, the newest first."""
        days = {day for day, _ in self.dates()[:count]}
        with suppress(NotFoundError):  # before the first paper
            days.add(self.today().edition.date)
        return [self.edition(day) for day in sorted(days, reverse=True)[:count]]

    def _picks_beside(
        self, edition: OpenEdition, subscriber_id: int, had: frozenset[int]
    ) -> tuple[Pick, ...]:
        reader, packed = self._reader(edition, subscriber_id)
        if packed is None:
            reader = replace(reader, sent=reader.sent | had)
            return tuple(select(self._matrix(edition), [reader])[0])
        with self._database.read() as session:
            picks, _ = reasons.unpack(packed, reasons.behind(session, [packed]))
        return tuple(pick for pick in picks if pick.paper_id not in had)

    def _reader(self, edition: OpenEdition, subscriber_id: int) -> tuple[Reader, bytes | None]:
        with self._database.read() as session:
            shared = self._sharing(session, edition)
            try:
                return due_deliveries.reader(session, edition.id, shared, subscriber_id)
            except LookupError:
                raise NotFoundError("This subscription no longer exists.") from None

    def _sharing(self, session: Session, edition: OpenEdition) -> list[int]:
        """The editions with papers of this one: the same until the next one is opened."""
        newest, day = editions.last_opened(session), edition.edition.date
        kept = self._shared.get(day)
        if kept is not None and kept[0] is edition and kept[1] == newest:
            return kept[2]
        papers = [candidate.paper.id for candidate in edition.edition.candidates]
        shared = offered.ids_with_any(session, papers)
        with self._lock:
            _keep(self._shared, day, (edition, newest, shared))
        return shared

    def _newest_of(self, on: date) -> OpenEdition:
        newest = self.today()
        if newest.edition.date != on:
            raise NotFoundError(N_("There is no edition for this date."))
        return newest

    def _matrix(self, edition: OpenEdition) -> CandidateMatrix:
        shown = edition.edition
        trends = tuple(
            (each.paper.id, each.trend.score, *each.paper.topics.items())
            for each in shown.candidates
        )
        # One that is not open yet may still change, and so may one that the editors look at.
        key = (shown.date, shown.catalogue_version, trends, shown.pinned)
        with self._matrix_lock:
            if key not in self._matrices:
                _keep(self._matrices, key, self._make_matrix(edition))
            return self._matrices[key]


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    kept[key] = value
    if len(kept) > _KEPT:
        kept.popitem(last=False)
