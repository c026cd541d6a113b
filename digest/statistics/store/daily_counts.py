"""What was counted of a day, kept: numbers and names of kinds, nobody's data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_for
from digest.ground.database.tables.statistics import DailyCountRow

_NOTHING = ""  # the name that stands for a day that had none
_UNSEEN = {"synchronize_session": False}  # no row of it is in the session


def keep(
    session: Session, subject: str, day: date, counts: Mapping[str, int], now: datetime
) -> None:
    """Keep the counts of a day in place of those that were kept."""
    ours = (DailyCountRow.subject == subject, DailyCountRow.day == day)
    session.execute(delete(DailyCountRow).where(*ours), execution_options=_UNSEEN)
    rows = [
        {"subject": subject, "day": day, "name": name, "count": count, "at": now}
        for name, count in (counts or {_NOTHING: 0}).items()
    ]
    added = insert_for(session)(DailyCountRow)  # somebody else may have kept the same by now
    values = {"count": added.excluded.count, "at": added.excluded.at}
    keys = ["subject", "day", "name"]
    session.execute(added.on_conflict_do_update(index_elements=keys, set_=values), rows)


def keep_nothing(session: Session, subject: str, days: Sequence[date], now: datetime) -> None:
    """Keep that days had none; what was kept of one of them stays."""
    rows = [
        {"subject": subject, "day": day, "name": _NOTHING, "count": 0, "at": now} for day in days
    ]
    session.execute(insert_for(session)(DailyCountRow).on_conflict_do_nothing(), rows)


def load(session: Session, subject: str, first: date, last: date) -> dict[date, Counter[str]]:
    """Return what is kept of the days from `first` to `last`; days not counted are left out."""
    query = select(DailyCountRow.day, DailyCountRow.name, DailyCountRow.count).where(
        DailyCountRow.subject == subject, DailyCountRow.day.between(first, last)
    )
    found: dict[date, Counter[str]] = {}
    for day, name, count in session.execute(query):
        counted = found.setdefault(day, Counter())
        if name != _NOTHING:
            counted[name] = count
    return found


def newest(session: Session, subject: str) -> tuple[date, datetime] | None:
    """Return the newest day that was counted, and when it was; None before the first."""
    query = (
        select(DailyCountRow.day, DailyCountRow.at)
        .where(DailyCountRow.subject == subject)
        .order_by(DailyCountRow.day.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return (row.day, row.at) if row else None


def forget_before(session: Session, subject: str, day: date) -> None:
    """Drop what is kept of days before one."""
    old = (DailyCountRow.subject == subject, DailyCountRow.day < day)
    session.execute(delete(DailyCountRow).where(*old), execution_options=_UNSEEN)
