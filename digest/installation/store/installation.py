"""Which database this is, how far it has come, and by which settings it mails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.delivery import EditionRow
from digest.ground.database.tables.installation import InstallationRow
from digest.ground.database.tables.papers import PaperRow
from digest.ground.database.tables.readers import EventRow, SubscriberRow, SuppressionRow
from digest.installation.rules.state import State


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The settings that mail was made by: a hash by name; which changed when."""

    hashes: Mapping[str, str]
    trial: bool
    changed: Sequence[str]
    changed_at: datetime | None


def read(session: Session) -> tuple[State, State | None]:
    """Return how far the database has come, and the state that was accepted last, if one was."""
    newest_event = select(func.max(EventRow.id)).scalar_subquery()
    query = select(
        InstallationRow.installation,
        InstallationRow.epoch,
        InstallationRow.settlements,
        InstallationRow.accepted,
        select(func.max(EditionRow.date)).scalar_subquery(),
        select(func.max(SubscriberRow.id)).scalar_subquery(),
        select(func.max(PaperRow.id)).scalar_subquery(),
        select(func.max(SuppressionRow.created_at)).scalar_subquery(),
        select(func.count(SuppressionRow.address_hash)).scalar_subquery(),
        EventRow.id,
        EventRow.at,
    ).outerjoin(EventRow, EventRow.id == newest_event)
    (
        name,
        epoch,
        settled,
        accepted,
        edition,
        subscriber,
        paper,
        suppressed,
        suppressions,
        event,
        at,
    ) = session.execute(query).one()
    state = State(
        name,
        epoch,
        edition=_iso(edition),
        event=event or 0,
        event_at=_iso(at),
        settlements=settled,
        subscriber=subscriber or 0,
        paper=paper or 0,
        suppressed_at=_iso(suppressed),
        suppressions=suppressions,
    )
    return state, State.from_json(accepted) if accepted else None


def event_at(session: Session, event_id: int) -> str:
    """Return when an event was written, ISO; empty when there is none with this number."""
    return _iso(session.scalar(select(EventRow.at).where(EventRow.id == event_id)))


def count_settlement(session: Session) -> None:
    """Note that a batch is settled, in the transaction that settles it."""
    more = update(InstallationRow).values(settlements=InstallationRow.settlements + 1)
    session.execute(more, execution_options={"synchronize_session": False})


def day_of(session: Session, edition_id: int) -> date | None:
    """Return the date of an edition; None when there is none."""
    return session.scalar(select(EditionRow.date).where(EditionRow.id == edition_id))


def accept(session: Session, found: State, *, epoch: str, settlements: int) -> None:
    """Begin a new epoch: the state that was found is what goes on from now on.

    settlements: as many as any mark knows.
    """
    values = {"epoch": epoch, "accepted": found._asdict(), "settlements": settlements}
    session.execute(update(InstallationRow).values(values))


def skip_ids(session: Session, table: str, beyond: int) -> None:
    """Let the next id of a table be greater than this one, if it would not be anyway."""
    if session.get_bind().dialect.name == "sqlite":
        have = text("SELECT count(*) FROM sqlite_sequence WHERE name = :table")
        if not session.scalar(have, {"table": table}):
            session.execute(
                text("INSERT INTO sqlite_sequence VALUES (:table, 0)"), {"table": table}
            )
        raised = text("UPDATE sqlite_sequence SET seq = max(seq, :beyond) WHERE name = :table")
        session.execute(raised, {"table": table, "beyond": beyond})
        return
    sequence = func.pg_get_serial_sequence(table, "id")
    present = text("SELECT last_value FROM pg_sequences WHERE sequencename = :name")
    last = session.scalar(present, {"name": f"{table}_id_seq"}) or 1
    session.execute(select(func.setval(sequence, max(last, beyond))))


def fingerprint(session: Session) -> Fingerprint:
    """Return the settings that mail was made by."""
    row = session.scalars(select(InstallationRow)).one()
    return Fingerprint(row.fingerprint, row.trial, row.changed, row.changed_at)


def set_fingerprint(session: Session, made: Fingerprint) -> None:
    """Store the settings that mail is made by from now on."""
    values: dict[str, Any] = {
        "fingerprint": dict(made.hashes),
        "trial": made.trial,
        "changed": list(made.changed),
        "changed_at": made.changed_at,
    }
    session.execute(update(InstallationRow).values(values))


def _iso(moment: date | None) -> str:
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC)
    return moment.isoformat() if moment else ""
