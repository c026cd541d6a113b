"""Check what receivers say of mail in our name: DMARC reports, and Gmail's verdicts."""

from datetime import datetime

from sqlalchemy.orm import Session

from digest.dmarc.rules.shares import LONG_DAYS, SHORT_DAYS
from digest.ground.database.engine import Database
from digest.operations import authentication
from digest.operations.doctor.finding import Finding, ok, skipped, warn
from digest.operations.rules.authentication_alerts import HOW_TO_ALIGN, describe, wording
from digest.postmaster.rules.compliance import State
from digest.postmaster.store import verdicts

DMARC, POSTMASTER = "dmarc reports", "postmaster"


def dmarc_reports(database: Database, now: datetime) -> Finding:
    """Check that mail in our name passes DMARC where it arrives."""
    with database.read() as session:
        month = authentication.dmarc(session, now, LONG_DAYS)
        week = authentication.dmarc(session, now, SHORT_DAYS)
    if not month.reports:
        return skipped(DMARC, f"No report came in {LONG_DAYS} days; see docs/use/dmarc.md.")
    low = next((each for each in (week, month) if each.is_low), None)
    return warn(DMARC, describe(low), HOW_TO_ALIGN) if low else ok(DMARC, describe(month))


def postmaster(database: Database, *, asked: bool) -> Finding:
    """Check what Gmail last said. asked: whether there are credentials to ask it with."""
    if not asked:
        return skipped(POSTMASTER, "DIGEST_POSTMASTER_CREDENTIALS is not set.")
    with database.read() as session:
        return _verdicts(session)


def _verdicts(session: Session) -> Finding:
    found = verdicts.all_of(session)
    if not found:
        return skipped(POSTMASTER, "Gmail said nothing yet; `digest postmaster ask` asks now.")
    unmet = [one for one in found if one.state is State.NEEDS_WORK]
    if unmet:
        named = "; ".join(wording(one.requirement) for one in unmet)
        return warn(POSTMASTER, f"Gmail does not find {named}.", "see `digest alerts`")
    met = sum(one.state is State.COMPLIANT for one in found)
    return ok(POSTMASTER, f"Gmail finds {met} of {len(found)} requirements met, and none unmet.")
