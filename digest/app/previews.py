"""Mails of an edition as they would be, for the editors to look at, and for tests to themselves.

The last edition that somebody looked at stays ready, so that the second look is quick. No link of
such a mail works: it is signed for nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from threading import Lock

from cachetools import LRUCache

from digest.app.clocks import Clock
from digest.app.composing import Composing
from digest.app.editions import Editions
from digest.app.smtp import Smtp
from digest.delivery.composing import Composer, Mail
from digest.delivery.forecast import explaining, reach
from digest.delivery.rules.dating import quarter_of
from digest.delivery.store import due_deliveries, reasons
from digest.delivery.store.due_deliveries import DueDelivery
from digest.delivery.store.reach import Reach
from digest.editions import changing
from digest.editions.changing import EditedEdition
from digest.editions.store.editions import OpenEdition
from digest.errors import NotFoundError
from digest.ground.database.engine import Database
from digest.model import Preferences, Reader
from digest.render.lint.samples import NONCE
from digest.subscribers.store import subscribers
from digest.transactional.mailer import send_now

MADE_UP = "reader@example.com"
TEST_MARK = "[Test] "
_KEPT = 2  # composers: of the newest edition, and the same with marked subjects


@dataclass(frozen=True, slots=True)
class Look:
    """Whose mail is looked at. packed: the picks that they have in the ledger, if any."""

    reader: Reader
    packed: bytes | None
    dated_at: datetime


@dataclass(frozen=True)
class Previews:
    """Composes mails to look at, for any number of threads: one at a time."""

    database: Database
    editions: Editions
    composing: Composing
    smtp: Callable[[], Smtp]
    clock: Clock
    _lock: Lock = field(default_factory=Lock)
    _looked: list[EditedEdition] = field(default_factory=list)  # the last one
    _composers: LRUCache[object, Composer] = field(default_factory=lambda: LRUCache(_KEPT))

    def look(self, on: date | None) -> EditedEdition:
        """Return the edition of a date, or the newest one; its papers are read once.

        NotFoundError when it is not open.
        """
        known = self._looked[0] if self._looked else None
        found = changing.look(self.database, on, known)
        self._looked[:] = [found]
        return found

    def reader(self, named: str, on: date | None) -> Look:
        """Return a subscriber by address or id; NotFoundError when there is none."""
        edition = self.editions.find(on)
        address = named
        if named.isdecimal():
            with self.database.read() as session:
                known = subscribers.by_id(session, int(named))
            if known is None:
                raise NotFoundError("No subscriber has this number.")
            address = known.address
        found, packed = explaining.find_reader(self.database, edition, address)
        with self.database.read() as session:
            dated_at = due_deliveries.date(session, edition.id, found.subscriber_id, self.clock())
        return Look(replace(found, nonce=NONCE), packed, dated_at)

    def made_up(self, preferences: Preferences) -> Look:
        """Return somebody with these preferences who has never had a mail."""
        reader = Reader(1, MADE_UP, "", preferences, NONCE)
        return Look(reader, None, quarter_of(self.clock()))

    def mail(self, look: Look, on: date | None) -> Mail:
        """Return the mail that they would get; NotFoundError says why there is none."""
        edition = self.editions.find(on)
        with self._lock:
            return _mail(self.database, self._composer(edition), look)

    def send_test(self, look: Look, on: date | None, to: str) -> bool:
        """Send the mail that they would get to somebody else, its subject marked as a test.

        Return whether a mail server took it. Errors as for `mail`, and SettingsError when mail to
        real people lacks something.
        """
        self.smtp().check_for_real()
        edition = self.editions.find(on)
        marked = replace(look, reader=replace(look.reader, address=to, name=""))
        with self._lock:
            mail = _mail(self.database, self._composer(edition, TEST_MARK), marked)
        return send_now(lambda: self.smtp().pool(connections=1), mail.message)

    def is_ready(self, edition: OpenEdition) -> bool:
        """Return whether the next look at a mail of an edition is quick."""
        return _key(edition, "") in self._composers

    def prepare(self, on: date | None) -> None:
        """Make an edition ready for looks at its mails, which takes some seconds."""
        edition = self.editions.find(on)
        with self._lock:
            self._composer(edition).renderer.prepare()

    def count_reach(self, on: date | None) -> Reach:
        """Return how many readers would get each paper; the first time takes some seconds."""
        edition = self.editions.find(on)
        with self._lock:
            matrix = self._composer(edition).matrix
            return reach.count(self.database, edition, matrix, self.clock())

    def _composer(self, edition: OpenEdition, subject_mark: str = "") -> Composer:
        key = _key(edition, subject_mark)
        if subject_mark:  # another Message-ID than that of the mail it is like
            domain = f"test.{edition.edition.domain}"
            edition = replace(edition, edition=replace(edition.edition, domain=domain))
        if key not in self._composers:
            self._composers[key] = self.composing.composer(
                edition, tried=True, subject_mark=subject_mark
            )
        return self._composers[key]


def _key(edition: OpenEdition, subject_mark: str) -> object:
    return edition.id, edition.opened_at, edition.version, subject_mark


def _mail(database: Database, composer: Composer, look: Look) -> Mail:
    with database.read() as session:
        existing = reasons.behind(session, [look.packed] if look.packed else [])
    reader = look.reader
    due = DueDelivery(reader.subscriber_id, None, 0, reader, look.packed, look.dated_at)
    choice = composer.choose([due], existing)[0]
    if choice.outcome is not None:
        raise NotFoundError(f"There is no mail to show: {choice.outcome.reply}.")
    return composer.mail(choice)
