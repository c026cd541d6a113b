"""Order the sending of an edition: plan its deliveries now, let whoever sends hand them over."""

from collections.abc import Callable
from datetime import date, datetime

from digest.delivery import mailing
from digest.delivery.mailing import SendReport
from digest.editions.store import editions
from digest.editions.store.editions import OpenEdition
from digest.errors import NotFoundError
from digest.ground.database.engine import Database
from digest.model import DeliveryState


def order(
    database: Database, on: date, *, now: datetime, canary: Callable[[int, int], int] | None = None
) -> tuple[int, SendReport]:
    """Queue a delivery for every active subscriber without one; return how many, and the report.

    One transaction: after a kill either all of them are planned or none, and to ask again plans
    nobody twice. canary: how many of them go first (`Thresholds.canary`). NotFoundError when the
    edition is not open.
    """
    edition = _open(database, on)
    queued = mailing.plan(database, edition, now=now, canary=canary)
    return queued, _standing(database, edition)


def standing(database: Database, on: date) -> SendReport:
    """Return how an open edition stands. NotFoundError when it is not open."""
    return _standing(database, _open(database, on))


def open_now(
    database: Database, on: date | None, open_: Callable[[date | None], OpenEdition]
) -> tuple[OpenEdition, bool]:
    """Open an edition; also return whether it was not open before."""
    with database.read() as session:
        before = {day for day, _ in editions.list_dates(session)}
    found = open_(on)
    return found, found.edition.date not in before


def _open(database: Database, on: date) -> OpenEdition:
    with database.read() as session:
        found = editions.get(session, on)
    if found is None:
        raise NotFoundError("There is no open edition of that date.")
    return found


def _standing(database: Database, edition: OpenEdition) -> SendReport:
    report = mailing.report(database, edition)
    if waiting := report.states.get(DeliveryState.QUEUED, 0):
        report.note = f"{waiting} wait for a sender"
    return report
