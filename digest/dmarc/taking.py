"""Take the aggregate reports of a mail: each once, of our domains only.

Nobody vouches for a report, so it changes nothing but figures: an operator looks at them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from digest.dmarc.attachments import reports_in
from digest.dmarc.rules.reading import read_report
from digest.dmarc.rules.report import Report
from digest.dmarc.store import reports
from digest.errors import InputError
from digest.ground.database.engine import Database


@dataclass(frozen=True, slots=True)
class TakenReports:
    """What became of a mail's reports. problems: why some were not taken, a sentence each."""

    new: int = 0
    known: int = 0
    problems: tuple[str, ...] = ()


def take_report(
    database: Database, raw: bytes, domains: Collection[str], now: datetime
) -> TakenReports | None:
    """Store the reports of one mail, or of one file, in one transaction; None when it has none.

    domains: those that we send for; a report for a domain above or below one of them is ours, too.
    Again is harmless.
    """
    try:
        found = reports_in(raw)
    except InputError as exc:
        return TakenReports(problems=(str(exc),))
    if not found:
        return None
    read, problems = [], []
    for xml in found:
        try:
            read.append(_ours(read_report(xml), domains, now))
        except InputError as exc:
            problems.append(str(exc))
    with database.write() as session:
        new = sum(reports.add(session, report, now) for report in read)
    return TakenReports(new, len(read) - new, tuple(problems))


def forget(database: Database, before: datetime) -> int:
    """Delete the reports that came before a moment; return how many."""
    with database.write() as session:
        return reports.delete_before(session, before)


def _ours(report: Report, domains: Collection[str], now: datetime) -> Report:
    """Return a report that is of us and of the past; InputError for another."""
    named = f".{report.domain}"
    is_ours = "." in report.domain and any(
        named.endswith(f".{one}") or f".{one}".endswith(named) for one in domains
    )
    if not is_ours:
        raise InputError(f"The report is about {report.domain[:80]}, which is none of our domains.")
    if report.day > now.date():
        raise InputError("The report is of a day to come.")
    return report
