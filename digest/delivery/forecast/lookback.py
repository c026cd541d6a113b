"""See before subscribing: what the last 30 days would have brought somebody with given preferences.

Chosen by the rules of a send, from the frozen editions, for a reader who had nothing before them
and has not voted. The editions are kept in memory, ready for selection, and bounded.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Event, Lock

from cachetools import LRUCache
from sqlalchemy.orm import Session

from digest.delivery.composing import is_chosen_for
from digest.delivery.rules.past_periods import a_week, editions_had
from digest.editions.rules.freshness import Freshness
from digest.editions.store import changes, editions
from digest.editions.store.editions import EditionKey, OpenEdition
from digest.ground.database.engine import Database
from digest.model import Pick, Preferences, Reader, Reason, ReasonKind
from digest.selection.batch_preferences import list_follows
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.selection import select

DAYS = 30
MOST_PAPERS = 16_000  # of all editions in memory; about 10 KB each
LONGEST_WAIT_SECONDS = 3.0  # for the editions, or for those who asked before
_LEAST = 3  # editions with news that tell how much comes in a week
_KEPT = 128  # answers, at most some 30 KB each
_FOLLOWED = (ReasonKind.TOPIC, ReasonKind.INTEREST)


@dataclass(frozen=True, slots=True)
class PastMail:
    """One mail that would have come: its edition, and its picks in the order of the mail."""

    edition: OpenEdition
    picks: tuple[Pick, ...]


@dataclass(frozen=True, slots=True)
class Lookback:
    """What the editions of `days` days would have brought.

    mails: newest first. papers, matching, mails_a_week: how many a week would have come once the
    first mail was there, all papers and those of a topic or an interest; None if there are too few
    editions to say. missing: what is followed and no edition had anything of.
    """

    days: int
    mails: tuple[PastMail, ...]
    papers: float | None
    matching: float | None
    mails_a_week: float | None
    missing: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Past:
    edition: OpenEdition
    matrix: CandidateMatrix

    @property
    def day(self) -> date:
        return self.edition.edition.date


class Lookbacks:
    """Looks back for any number of threads, one after the other, as each keeps a core busy.

    make_matrix: an edition ready for selection, for readers without votes. foresee: the newest
    edition, open or not; it stands for all while none is open.
    """

    def __init__(
        self,
        database: Database,
        make_matrix: Callable[[OpenEdition], CandidateMatrix],
        foresee: Callable[[], OpenEdition | None],
        fresh: Freshness,
    ) -> None:
        self._database = database
        self._make_matrix = make_matrix
        self._foresee = foresee
        self._fresh = fresh
        self._lock = Lock()
        self._past: list[_Past] = []
        self._answers: LRUCache[Hashable, Lookback] = LRUCache(_KEPT)

    def look(
        self, preferences: Preferences, wait_seconds: float = LONGEST_WAIT_SECONDS
    ) -> Lookback | None:
        """Return what would have come; None when it is not its turn within the time to wait."""
        if not self._lock.acquire(timeout=wait_seconds):
            return None
        try:
            for _ in self._refresh():
                pass
            key = _what_counts(preferences)
            if key not in self._answers:
                self._answers[key] = _look(self._past, preferences, self._fresh)
            return self._answers[key]
        finally:
            self._lock.release()

    def prepare(self, stop: Event) -> None:
        """Make all editions ready, which takes some seconds after a start; stop: ends it early."""
        with self._lock:
            for _ in self._refresh():
                if stop.is_set():
                    return

    def _refresh(self) -> Iterator[None]:
        """Bring the editions up to date, the newest first; yields after each that is new."""
        with self._database.read() as session:
            wanted = _wanted(session)
            versions = changes.versions(session, [key.id for key in wanted])
        known = {
            past.edition.id: past
            for past in self._past
            if versions.get(past.edition.id) == past.edition.version
        }
        if not wanted:
            yield from self._foreseen()
        elif list(known) != [key.id for key in reversed(wanted)] or len(known) < len(self._past):
            found: list[_Past] = []
            for key in wanted:
                found.insert(0, known.get(key.id) or self._read(key.date))
                self._replace(found)
                yield

    def _foreseen(self) -> Iterator[None]:
        newest = self._foresee()
        if newest is None:
            self._replace([])
        elif not self._past or self._past[0].edition is not newest:
            self._replace([_Past(newest, self._make_matrix(newest))])
            yield

    def _read(self, day: date) -> _Past:
        with self._database.read() as session:
            edition = editions.get(session, day)
        if edition is None:
            raise LookupError(f"the edition of {day} is gone")
        return _Past(edition, self._make_matrix(edition))

    def _replace(self, past: Sequence[_Past]) -> None:
        self._past = list(past)
        self._answers.clear()


def _wanted(session: Session) -> list[EditionKey]:
    """Return the editions to look back on, newest first: as many as there is room for."""
    newest = editions.newest(session)
    if newest is None:
        return []
    found: list[EditionKey] = []
    papers = 0
    for key, count in editions.list_since(session, newest.date - timedelta(days=DAYS - 1)):
        papers += count
        if papers > MOST_PAPERS and found:
            break
        found.append(key)
    return found


def _look(past: Sequence[_Past], preferences: Preferences, fresh: Freshness) -> Lookback:
    days = [one.day for one in past]
    of_day = {one.day: one for one in past}
    had = editions_had(days, preferences.schedule, fresh.allows)
    brought = _choose([of_day[day] for day in had if day], preferences)
    counts = [len(brought.get(day, ())) if day else 0 for day in had]
    matching = [_count_matching(brought.get(day, ())) if day else 0 for day in had]
    cadence = preferences.schedule.cadence
    if sum(one.edition.empty is None for one in past) < _LEAST:
        counts = matching = []
    mails = [PastMail(of_day[day].edition, picks) for day, picks in brought.items() if picks]
    return Lookback(
        days=(days[-1] - days[0]).days + 1 if days else 0,
        mails=tuple(reversed(mails)),
        papers=a_week(counts, cadence),
        matching=a_week(matching, cadence),
        mails_a_week=a_week([int(count > 0) for count in counts], cadence),
        missing=_missing(past, preferences),
    )


def _choose(past: Sequence[_Past], preferences: Preferences) -> dict[date, tuple[Pick, ...]]:
    """Choose from each edition, oldest first, what no earlier one has brought."""
    sent: frozenset[int] = frozenset()
    found: dict[date, tuple[Pick, ...]] = {}
    for one in past:
        reader = Reader(0, "", "", preferences, b"", sent)
        if is_chosen_for(reader, one.edition.empty):
            picks = select(one.matrix, [reader])[0]
            sent |= {pick.paper_id for pick in picks}
            found[one.day] = picks
    return found


def _count_matching(picks: Sequence[Pick]) -> int:
    return sum(pick.reason.kind in _FOLLOWED for pick in picks)


def _missing(past: Sequence[_Past], preferences: Preferences) -> tuple[Reason, ...]:
    """Return what is followed and no edition has a paper of, in the order of the preferences."""
    left: dict[Reason, None] | None = None
    for one in past:
        nothing = [
            follow.reason
            for follow in list_follows(one.matrix, preferences)
            if not follow.matches.members
        ]
        left = {reason: None for reason in nothing if left is None or reason in left}
    return tuple(left or ())


def _what_counts(preferences: Preferences) -> Hashable:
    """Return everything that the answer depends on."""
    schedule = preferences.schedule
    return (
        tuple(preferences.topics.items()),
        preferences.interests,
        preferences.muted,
        preferences.max_papers,
        preferences.empty_day,
        (schedule.cadence, schedule.weekday),
    )
