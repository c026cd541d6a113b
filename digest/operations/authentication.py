"""What receivers say of mail in our name, for programs, alerts and figures."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from digest.dmarc.rules.shares import LONG_DAYS, SHORT_DAYS, Shares
from digest.dmarc.store import reports
from digest.operations.rules.alerts import Alert
from digest.operations.rules.authentication_alerts import dmarc_alert, postmaster_alerts
from digest.postmaster.store import verdicts


def dmarc(session: Session, now: datetime, days: int, unknown: int = 5) -> Shares:
    """Return how the mail of the last days fared, as receivers reported it."""
    return reports.shares(session, (now - timedelta(days=days)).date(), days, unknown)


def alerts(session: Session, now: datetime) -> list[Alert]:
    """Return what is wrong with it."""
    low = dmarc_alert(dmarc(session, now, SHORT_DAYS))
    found = postmaster_alerts(verdicts.all_of(session))
    return [low, *found] if low else found


def to_json(session: Session, now: datetime) -> dict[str, Any]:
    """Return all of it as programs read it."""
    return {
        "dmarc": {
            f"last_{days}_days": shares_to_json(dmarc(session, now, days))
            for days in (SHORT_DAYS, LONG_DAYS)
        },
        "postmaster": [
            {
                "domain": one.domain,
                "requirement": one.requirement,
                "state": one.state.value,
                "reason": one.reason,
                "since": one.since.isoformat(),
                "asked": one.at.isoformat(),
            }
            for one in verdicts.all_of(session)
        ],
    }


def shares_to_json(found: Shares) -> dict[str, Any]:
    """Return the figures of some days."""
    return {
        "reports": found.reports,
        "mails": found.mails,
        "aligned": found.aligned,
        "aligned_percent": round(found.percent, 3),
        "unknown_sources": [{"source": one.address, "mails": one.mails} for one in found.unknown],
    }
