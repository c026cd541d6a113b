"""Reports, each once, and sums over days."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, case, cast, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from digest.dmarc.rules.report import Report
from digest.dmarc.rules.shares import Shares, Source
from digest.ground.database.statements import insert_new
from digest.ground.database.tables.authentication import DmarcCountRow, DmarcReportRow

_ALIGNED = case((or_(DmarcCountRow.dkim, DmarcCountRow.spf), DmarcCountRow.mails), else_=0)


class Received(NamedTuple):
    """A report that came, and what it counts."""

    day: date
    organisation: str
    domain: str
    mails: int
    aligned: int


def add(session: Session, report: Report, now: datetime) -> bool:
    """Store a report; return whether it was new: an organisation's id counts once."""
    row = {
        "organisation": report.organisation,
        "report": report.report_id,
        "domain": report.domain,
        "day": report.day,
        "at": now,
    }
    query = insert_new(session, DmarcReportRow).values(row).returning(DmarcReportRow.id)
    report_id = session.scalar(query)
    if report_id is None:
        return False
    if report.counts:
        rows = [
            {"report_id": report_id, "number": number, "day": report.day, **one._asdict()}
            for number, one in enumerate(report.counts)
        ]
        session.execute(insert(DmarcCountRow), rows)
    return True


def shares(session: Session, since: date, days: int, unknown: int = 5) -> Shares:
    """Return how the mail of the days from `since` on fared. unknown: name at most so many."""
    reports = session.scalar(
        select(func.count()).select_from(DmarcReportRow).where(DmarcReportRow.day >= since)
    )
    mails, aligned = session.execute(
        select(_sum(DmarcCountRow.mails), _sum(_ALIGNED)).where(DmarcCountRow.day >= since)
    ).one()
    return Shares(days, reports or 0, mails, aligned, _unknown(session, since, unknown))


def newest(session: Session, limit: int | None = None) -> Sequence[Received]:
    """Return the reports, the newest first."""
    query = (
        select(
            *(DmarcReportRow.day, DmarcReportRow.organisation, DmarcReportRow.domain),
            *(_sum(DmarcCountRow.mails), _sum(_ALIGNED)),
        )
        .outerjoin(DmarcCountRow, DmarcCountRow.report_id == DmarcReportRow.id)
        .group_by(DmarcReportRow.id)
        .order_by(DmarcReportRow.day.desc(), DmarcReportRow.id.desc())
        .limit(limit)
    )
    return [Received(*row) for row in session.execute(query)]


def delete_before(session: Session, before: datetime) -> int:
    """Delete the reports that came before a moment; return how many."""
    gone = session.execute(delete(DmarcReportRow).where(DmarcReportRow.at < before))
    return gone.rowcount  # type: ignore[attr-defined, no-any-return]


def _unknown(session: Session, since: date, limit: int) -> tuple[Source, ...]:
    """Return the sources of which nothing was aligned, the most mails first."""
    mails, aligned = _sum(DmarcCountRow.mails), _sum(_ALIGNED)
    query = (
        select(DmarcCountRow.source, mails)
        .where(DmarcCountRow.day >= since, DmarcCountRow.source != "")
        .group_by(DmarcCountRow.source)
        .having(aligned == 0)
        .order_by(mails.desc(), DmarcCountRow.source)
        .limit(limit)
    )
    return tuple(Source(address, count, 0) for address, count in session.execute(query))


def _sum(column: Any) -> Any:
    """Return a sum as a whole number; PostgreSQL's of big numbers is a decimal one."""
    return cast(func.coalesce(func.sum(column), 0), _Big)


class _Big(Integer):
    """BIGINT, which SQLite calls INTEGER."""
