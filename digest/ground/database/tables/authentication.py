"""Define the tables of what receivers say of mail in our name: DMARC reports, Gmail's verdicts."""

import datetime as dt
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base


class DmarcReportRow(Base):
    """An aggregate report of one receiver about one of our domains (RFC 9990)."""

    __tablename__ = "dmarc_reports"
    __table_args__ = (
        UniqueConstraint("organisation", "report", name="uq_dmarc_reports_organisation_report"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(String(255))
    report: Mapped[str] = mapped_column(String(255))  # the receiver's id of it
    domain: Mapped[str] = mapped_column(String(255))
    day: Mapped[dt.date]  # in UTC, on which its time begins
    at: Mapped[datetime] = mapped_column(index=True)


class DmarcCountRow(Base):
    """How many mails a report counts that came from one address and fared alike."""

    __tablename__ = "dmarc_counts"
    __table_args__ = (Index("ix_dmarc_counts_day", "day"),)

    report_id: Mapped[int] = mapped_column(
        ForeignKey("dmarc_reports.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)  # within the report, from 0
    day: Mapped[dt.date]
    source: Mapped[str] = mapped_column(String(45))  # an IP address; empty: many small ones
    disposition: Mapped[str] = mapped_column(String(16))
    dkim: Mapped[bool]  # passed and aligned with the From domain
    spf: Mapped[bool]  # likewise
    mails: Mapped[int] = mapped_column(BigInteger)


class PostmasterVerdictRow(Base):
    """What Gmail Postmaster Tools say of one requirement, as it was when they were last asked."""

    __tablename__ = "postmaster_verdicts"

    domain: Mapped[str] = mapped_column(String(255), primary_key=True)
    requirement: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(32))  # compliant, needs_work or unknown
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]  # when this state was first seen
    at: Mapped[datetime]
