"""Sign mails ahead of the hour at which they are due, so that their send has only to look it up.

All that a dry run of that hour composes is signed, and the signatures are kept with the SHA-256
that each is over. The send composes as ever and takes a signature only for the very bytes that it
was made for; whoever has changed anything meanwhile is signed for anew. So it changes no mail: the
same key over the same bytes gives the same signature (`render/dkim`).
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from digest.delivery.composing import Choice, Composer
from digest.delivery.planning import in_known_zones
from digest.delivery.rules.dating import LATE, quarter_of
from digest.delivery.store import due_deliveries, periods, reasons, signatures, stops
from digest.delivery.store.periods import DuePeriods
from digest.delivery.store.signatures import Mailing
from digest.editions.rules.freshness import Freshness
from digest.editions.store import editions, offered
from digest.editions.store.editions import OpenEdition
from digest.errors import ComposeError
from digest.ground.database.engine import Database
from digest.ground.time.due_times import EARLIEST_ZONE, local_date, period
from digest.model import StopKind
from digest.render.dkim import DkimKey
from digest.subscribers.store import schedules

_OVER = LATE + timedelta(minutes=30)  # after its Date nothing begins with it any more


class Turn(NamedTuple):
    """The readers whose mail is due at one moment to come."""

    at: datetime
    due: DuePeriods


@dataclass(frozen=True, slots=True)
class Signing:
    """What signs an edition ahead. keys: those of `composer`. progress: told how many were signed.

    stop: asked after every batch; what was signed until then stays.
    """

    database: Database
    edition: OpenEdition
    composer: Composer
    keys: Sequence[DkimKey]
    stop: Callable[[], bool] = lambda: False
    progress: Callable[[int], None] = lambda _count: None

    def sign(self, at: datetime, due: DuePeriods | None = None) -> int:
        """Sign what a send at a moment to come would mail, and is not signed yet; count the mails.

        due: only for those; left out, for everybody. Two at once do the same twice.
        """
        mailing = Mailing(self.edition.id, quarter_of(at), basis(self.edition, self.keys))
        with self.database.write() as session:
            signatures.forget_others(session, mailing)
            after = signatures.find_last(session, mailing)
            papers = [candidate.paper.id for candidate in self.edition.edition.candidates]
            shared = offered.ids_with_any(session, papers)
        total = 0
        while not self.stop():
            with self.database.read() as session:
                wanted = periods.is_due(session, due) if due else ()
                dues = due_deliveries.would_be_due(
                    session, self.edition.id, shared, after=after, now=at, wanted=wanted
                )
                existing = reasons.behind(session, [one.picks for one in dues if one.picks])
            if not dues:
                break
            made = self._signed(self.composer.choose(dues, existing))
            first, after = dues[0].subscriber_id, dues[-1].subscriber_id
            with self.database.write() as session:
                signatures.add(session, mailing, first, after, made)
            total += len(dues)
            self.progress(len(dues))
        return total

    def _signed(self, choices: Sequence[Choice]) -> dict[bytes, bytes]:
        """Return the signatures of all that can be composed; the send says what cannot."""
        made: dict[bytes, bytes] = {}
        drafts = []
        for choice in choices:
            try:
                if choice.outcome is None:
                    drafts.append((self.composer.draft(choice), choice.due.dated_at))
            except ComposeError:
                continue
        for draft, dated_at in drafts:  # all at once: so composing finds its data in the caches
            draft.finish(dated_at, made)
        return made


def basis(edition: OpenEdition, keys: Sequence[DkimKey]) -> bytes:
    """Return a hash of what signatures of an edition depend on, whoever the reader is.

    It need not be complete, as what is signed decides; it spares looking at what is useless.
    """
    stand = f"{edition.opened_at.isoformat()} {edition.version}".encode()
    return hashlib.sha256(b"".join([stand, *(key.fingerprint for key in keys)])).digest()


def forget_old(database: Database, now: datetime) -> int:
    """Delete the signatures of mails whose time is over; count their blocks."""
    with database.write() as session:
        return signatures.forget(session, now - _OVER)


def next_edition(database: Database) -> date | None:
    """Return the date of the edition that is sent next, unless it is cancelled."""
    with database.read() as session:
        found = editions.newest(session)
        if found is None:
            return None
        stop = stops.stop_of(session, found.id)
    return None if stop is not None and stop.kind is StopKind.CANCELLED else found.date


def turns(
    database: Database, edition: OpenEdition, fresh: Freshness, *, now: datetime, ahead: timedelta
) -> list[Turn]:
    """Return whose mail is due within a time from now, the next ones first."""
    times: dict[datetime, dict[int, date]] = defaultdict(dict)
    with database.read() as session:
        for one in in_known_zones(schedules.list_due(session, now + ahead), fresh.timezone):
            if one.next_due_at is None or one.next_due_at <= now:
                continue  # due already: planned within the minute
            ours = period(one.schedule, one.next_due_at)
            if ours is not None and fresh.allows(edition.edition.date, one.next_due_at):
                times[one.next_due_at][one.id] = ours.first
    return [Turn(at, DuePeriods(times[at], local_date(EARLIEST_ZONE, at))) for at in sorted(times)]


def is_left(database: Database, edition: OpenEdition, keys: Sequence[DkimKey], turn: Turn) -> bool:
    """Return whether anybody's mail of a turn is not signed ahead yet."""
    mailing = Mailing(edition.id, quarter_of(turn.at), basis(edition, keys))
    with database.read() as session:
        return bool(
            due_deliveries.would_be_due(
                session,
                edition.id,
                [],
                after=signatures.find_last(session, mailing),
                now=turn.at,
                wanted=periods.is_due(session, turn.due),
                limit=1,
            )
        )
