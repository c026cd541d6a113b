"""The machines that hold all mail, as they have seen more than the database knows."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.installation import HoldRow


class Hold(NamedTuple):
    """A machine that holds all mail. name: host and folder. reason: what is missing, in words."""

    machine: str
    name: str
    since: datetime
    reason: str


def add(session: Session, hold: Hold) -> None:
    """Hold all mail; a machine that does so already keeps its first reason."""
    session.execute(insert_new(session, HoldRow).values(hold._asdict()))


def list_all(session: Session) -> list[Hold]:
    """Return who holds all mail, the first machine first."""
    rows = session.scalars(select(HoldRow).order_by(HoldRow.since, HoldRow.machine))
    return [Hold(row.machine, row.name, row.since, row.reason) for row in rows]


def remove(session: Session, machine: str) -> None:
    """Let go of what a machine holds."""
    session.execute(delete(HoldRow).where(HoldRow.machine == machine))
