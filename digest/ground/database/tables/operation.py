"""Define the tables of operations: API keys, runs, alerts, scheduled tasks."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base


class RunRow(Base):
    """The report of one run, for `digest runs` and the alerts."""

    __tablename__ = "runs"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(16), unique=True)  # as in the log lines of the run
    kind: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    trouble: Mapped[str] = mapped_column(Text)  # what the operator should know; empty: nothing
    report: Mapped[dict[str, Any]]


class AlertRow(Base):
    """An alert, from when it was first seen until it is over; `told_at`: the last mail about it.

    One that comes back later begins anew in the same row.
    """

    __tablename__ = "alerts"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    told_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]


class LatencyRow(Base):
    """How many messages the relay answered within a number of milliseconds, over all runs."""

    __tablename__ = "latencies"

    upto_ms: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0: longer
    count: Mapped[int] = mapped_column(BigInteger)
    seconds: Mapped[float]  # all of them together


class TaskRow(Base):
    """When each scheduled task last ran, and its error."""

    __tablename__ = "tasks"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    last_started: Mapped[datetime]
    last_finished: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)  # of the newest run; None: it went well
    last_report: Mapped[dict[str, Any] | None]  # what the newest run that went well had to say
