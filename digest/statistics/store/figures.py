"""Read figures that are bounded by the days asked for: sums of editions, lists, places, votes."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digest.bounces.store import feedback
from digest.ground.database.statements import chunks
from digest.ground.database.tables.delivery import DeliveryCountRow, EditionPaperRow, EditionRow
from digest.ground.database.tables.operation import RunRow
from digest.ground.database.tables.paper_details import AppearanceRow
from digest.ground.database.tables.papers import DumpRow, DumpStatus
from digest.ground.database.tables.votes import VoteRow


class EditionMails(NamedTuple):
    """The deliveries of an edition by state, and when the first and the last were settled."""

    date: date
    states: Counter[str]
    first_at: datetime | None
    last_at: datetime | None


def mails_of_editions(session: Session, first: date) -> list[EditionMails]:
    """Return the editions from a date on, the oldest first, by the counts that are kept."""
    row = DeliveryCountRow
    query = (
        select(
            EditionRow.date,
            row.state,
            func.sum(row.deliveries),
            func.min(row.first_at),
            func.max(row.last_at),
        )
        .join(EditionRow, EditionRow.id == row.edition_id)
        .where(EditionRow.date >= first)
        .group_by(EditionRow.date, row.state)
        .order_by(EditionRow.date)
    )
    found: dict[date, EditionMails] = {}
    for day, state, count, first_at, last_at in session.execute(query):
        before = found.get(day, EditionMails(day, Counter(), None, None))
        found[day] = EditionMails(
            day,
            before.states + Counter({state.value: int(count)}),
            min(filter(None, (before.first_at, first_at)), default=None),
            max(filter(None, (before.last_at, last_at)), default=None),
        )
    return list(found.values())


def sending_seconds(session: Session, since: datetime) -> Counter[str]:
    """Return for how many seconds runs sent mails, by the edition's date, from a moment on."""
    query = select(RunRow.report).where(RunRow.kind == "send", RunRow.started_at >= since)
    found: Counter[str] = Counter()
    for report in session.scalars(query):
        if report.get("run") and "edition" in report:
            found[report["edition"]] += report.get("seconds", 0.0)
    return found


def count_feedback(session: Session, edition: date, _zone: str) -> Counter[str]:
    """Count the mails of an edition of which something was said, by kind."""
    counted = feedback.count_of_edition(session, edition)
    return Counter({kind.value: count for kind, count in counted.items()})


def first_with_feedback(session: Session, _zone: str) -> date | None:
    """Return the first edition of whose mails something was said."""
    return feedback.first_edition(session)


def entries_by_source(session: Session, first: date) -> dict[date, Counter[str]]:
    """Return how many entries the loaded lists of each day from `first` on have, by source.

    What was not brought by a live source has the empty name.
    """
    query = (
        select(DumpRow.date, DumpRow.source, func.sum(DumpRow.entries))
        .where(DumpRow.date >= first, DumpRow.status == DumpStatus.LOADED)
        .group_by(DumpRow.date, DumpRow.source)
    )
    found: dict[date, Counter[str]] = {}
    for day, source, count in session.execute(query):
        if day is not None:
            found.setdefault(day, Counter())[source or ""] += int(count)
    return found


def first_of_newest_edition(session: Session, limit: int) -> list[int]:
    """Return the papers that trend most in the newest edition that has any."""
    has_any = select(EditionPaperRow.edition_id).order_by(EditionPaperRow.edition_id.desc())
    newest = session.scalar(has_any.limit(1))
    query = select(EditionPaperRow.paper_id).where(EditionPaperRow.edition_id == newest)
    return list(session.scalars(query.order_by(EditionPaperRow.position).limit(limit)))


def best_ranks(
    session: Session, paper_ids: Sequence[int], first: date
) -> dict[date, dict[int, int]]:
    """Return the best rank of papers on each day from `first` on: by day, then by paper.

    Lists whose order says nothing do not count.
    """
    query = (
        select(DumpRow.date, AppearanceRow.paper_id, func.min(AppearanceRow.rank))
        .join(DumpRow, DumpRow.id == AppearanceRow.dump_id)
        .where(AppearanceRow.paper_id.in_(paper_ids), DumpRow.date >= first)
        .where(DumpRow.status == DumpStatus.LOADED, DumpRow.unranked.is_not(True))
        .group_by(DumpRow.date, AppearanceRow.paper_id)
    )
    found: dict[date, dict[int, int]] = {}
    for day, paper_id, rank in session.execute(query):
        if day is not None:
            found.setdefault(day, {})[paper_id] = rank
    return found


def count_votes(session: Session, first: date) -> dict[int, Counter[int]]:
    """Count the votes on the papers of the editions from a date on: by paper, then by value."""
    query = (
        select(EditionPaperRow.paper_id)
        .distinct()
        .join(EditionRow, EditionRow.id == EditionPaperRow.edition_id)
        .where(EditionRow.date >= first)
    )
    found: dict[int, Counter[int]] = {}
    for ids in chunks(session.scalars(query).all()):
        votes = (
            select(VoteRow.paper_id, VoteRow.value, func.count())
            .where(VoteRow.paper_id.in_(ids))
            .group_by(VoteRow.paper_id, VoteRow.value)
        )
        for paper_id, value, count in session.execute(votes):
            found.setdefault(paper_id, Counter())[value] += count
    return found
