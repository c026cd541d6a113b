"""Say in words what comes next: which edition opens when, or why none does."""

from dataclasses import dataclass
from datetime import date, datetime

from digest.model import Empty, Stop, StopKind

NOTHING_BRINGS_PAPERS = (
    "Nothing brings papers: neither live sources (DIGEST_SOURCES) nor a watched folder "
    "(DIGEST_WATCH_DIR) are set, and no dump was ever loaded"
)
HOW_TO_BRING_PAPERS = "set one of them, or load a dump: `digest ingest FILE`"


@dataclass(frozen=True, slots=True)
class OpenDay:
    """The newest edition. papers: how many it has. until: when it is too old to be mailed.

    stop: what stops it; None mostly.
    """

    date: date
    papers: int
    empty: Empty | None
    until: datetime
    stop: Stop | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What decides on the next edition.

    today: in the zone of the service. newest_dump: of those that were loaded. is_fed: whether live
    sources or a watched folder are set. dump_until: when the newest dump is too old to be mailed.
    reopens: papers have come for the newest edition, which was closed as empty.
    """

    now: datetime
    today: date
    newest_dump: date | None
    dump_until: datetime | None
    edition: OpenDay | None
    is_fed: bool
    reopens: bool = False


def describe(outlook: Outlook) -> str:
    """Say what happens next, in one or two sentences."""
    if outlook.newest_dump is None or outlook.dump_until is None:
        if not outlook.is_fed:
            return f"{NOTHING_BRINGS_PAPERS}; {HOW_TO_BRING_PAPERS}."
        return "No papers have come yet. The first edition opens when some do."
    edition = outlook.edition
    if edition is not None and outlook.now <= edition.until:
        return _open(edition, outlook)
    dump, age = outlook.newest_dump, days_old(outlook.newest_dump, outlook.today)
    if outlook.now <= outlook.dump_until:
        return f"The newest dump is of {dump}{age}. Its edition opens if a paper in it is new."
    return (
        f"The newest dump is of {dump}{age}: too old to be mailed by itself (DIGEST_STALE_AFTER). "
        f"The next edition opens when newer papers come; `digest send --date {dump}` sends these."
    )


def expects_edition(outlook: Outlook) -> bool:
    """Whether an edition can be expected: papers were loaded, and are new or followed by others."""
    if outlook.newest_dump is None or outlook.dump_until is None:
        return False
    return outlook.is_fed or outlook.now <= outlook.dump_until


def days_old(day: date, today: date) -> str:
    """Say how old a date is, as a supplement; empty for today, yesterday and the future."""
    days = (today - day).days
    return f", {days} days old" if days > 1 else ""


def _open(edition: OpenDay, outlook: Outlook) -> str:
    if edition.stop is not None and edition.stop.kind is StopKind.CANCELLED:
        return (
            f"The edition of {edition.date} is cancelled: {edition.stop.reason}. The next one "
            "opens when newer papers come."
        )
    if edition.empty is None:
        count = f"{edition.papers} paper{'' if edition.papers == 1 else 's'}"
        comes = _stopped(edition.stop) if edition.stop else "Readers get it at their hours."
        return f"The edition of {edition.date} is open with {count}. {comes}"
    if outlook.reopens:
        return f"The edition of {edition.date} was closed as empty. Papers have come, so it opens."
    dump = outlook.newest_dump
    age = days_old(dump, outlook.today) if dump else ""
    return (
        f"The edition of {edition.date} is closed as empty ({edition.empty}; the newest dump is of "
        f"{dump}{age}). It opens if new papers come before {edition.until:%Y-%m-%d %H:%M} UTC."
    )


def _stopped(stop: Stop) -> str:
    if stop.kind is StopKind.UNAPPROVED:
        return f"{stop.reason[:1].upper()}{stop.reason[1:]}."
    return f"It is {stop.kind.value}: {stop.reason}."
