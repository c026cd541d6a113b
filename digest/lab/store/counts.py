"""The counts of a lab's editions, and the votes and mails that they are made from."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks, insert_for
from digest.ground.database.tables.delivery import DeliveryRow, EditionPaperRow, EditionRow
from digest.ground.database.tables.lab import LabCountRow
from digest.ground.database.tables.readers import SubscriberRow
from digest.ground.database.tables.votes import VoteRow
from digest.lab.rules.verdict import Counts
from digest.model import InLab


class EditionCounts(NamedTuple):
    """The counts of one edition."""

    edition_id: int
    date: date
    counts: Counts


def editions_between(session: Session, first: datetime, last: datetime) -> list[int]:
    """Return the ids of the editions that were opened from `first` on and before `last`."""
    query = select(EditionRow.id).where(EditionRow.opened_at >= first, EditionRow.opened_at < last)
    return list(session.scalars(query.order_by(EditionRow.id)))


def votes_on(session: Session, edition_id: int) -> Mapping[int, Mapping[int, int]]:
    """Return the votes on papers of an edition by those who take part: by reader, then by paper.

    Whoever takes part is found by an index, and each one's votes by their key.
    """
    query = (
        select(VoteRow.subscriber_id, VoteRow.paper_id, VoteRow.value)
        .join(SubscriberRow, SubscriberRow.id == VoteRow.subscriber_id)
        .join(EditionPaperRow, EditionPaperRow.paper_id == VoteRow.paper_id)
        .where(SubscriberRow.lab == InLab.YES, EditionPaperRow.edition_id == edition_id)
    )
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for subscriber_id, paper_id, value in session.execute(query):
        found[subscriber_id][paper_id] = value
    return found


def picks_of(session: Session, edition_id: int, subscriber_ids: list[int]) -> dict[int, bytes]:
    """Return the packed picks of an edition's deliveries to some readers, by reader."""
    found: dict[int, bytes] = {}
    for ids in chunks(subscriber_ids):
        query = select(DeliveryRow.subscriber_id, DeliveryRow.picks).where(
            DeliveryRow.edition_id == edition_id,
            DeliveryRow.subscriber_id.in_(ids),
            DeliveryRow.picks.is_not(None),
        )
        found.update(session.execute(query).all())  # type: ignore[arg-type]
    return found


def save(session: Session, lab_id: int, edition_id: int, counts: Counts) -> None:
    """Write the counts of an edition, in place of those of before."""
    values = {"a": counts.a, "b": counts.b, "ties": counts.ties}
    session.execute(
        insert_for(session)(LabCountRow)
        .values(lab_id=lab_id, edition_id=edition_id, **values)
        .on_conflict_do_update(index_elements=["lab_id", "edition_id"], set_=values)
    )


def of_lab(session: Session, lab_id: int) -> list[EditionCounts]:
    """Return the counts of a lab's editions, by date."""
    query = (
        select(EditionRow.id, EditionRow.date, LabCountRow.a, LabCountRow.b, LabCountRow.ties)
        .join(EditionRow, EditionRow.id == LabCountRow.edition_id)
        .where(LabCountRow.lab_id == lab_id)
        .order_by(EditionRow.date)
    )
    return [EditionCounts(key, day, Counts(*rest)) for key, day, *rest in session.execute(query)]


def participants(session: Session, most: int) -> int:
    """Return how many readers take part; `most` stands for that many or more."""
    some = select(SubscriberRow.id).where(SubscriberRow.lab == InLab.YES).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
