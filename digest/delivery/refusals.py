"""What the relay refused for good, as feedback about readers: it is the first to tell of a bounce.

Only the answer to RCPT, or to the message of its one recipient, says anything about a reader. A
delivery fails once, so its feedback counts once, however often it is tried again.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from digest.bounces.recording import record_all
from digest.bounces.replies import feedback_of
from digest.bounces.rules.scoring import BounceRules
from digest.bounces.withdrawing import withdraw
from digest.delivery.store import retries
from digest.delivery.store.batches import Settlement
from digest.editions.store import editions
from digest.ground.database.statements import chunks
from digest.model import DeliveryState

_log = logging.getLogger(__name__)


def record(
    session: Session,
    edition_id: int,
    settlements: Sequence[Settlement],
    rules: BounceRules,
    now: datetime,
) -> None:
    """Record what of a settled batch was refused for good, and suppress whom that tells to."""
    failed = [
        (one.subscriber_id, one.refusal)
        for one in settlements
        if one.refusal is not None and one.state is DeliveryState.FAILED
    ]
    if failed:
        edition = editions.date_of(session, edition_id)
        occasion = edition.isoformat()
        found = [feedback_of(reply, reader, edition, occasion) for reader, reply in failed]
        record_all(session, [one for one in found if one is not None], rules, now)


def withdraw_refusals(session: Session, edition_id: int, now: datetime) -> None:
    """Let no refusal of an edition stand that a relay gave to nearly all; queue those mails again.

    They go out once the edition is resumed.
    """
    edition = editions.date_of(session, edition_id)
    refused = withdraw(session, edition, now)
    for some in chunks(refused):
        retries.queue_again(session, edition, now=now, state=DeliveryState.FAILED, readers=some)
    if refused:
        _log.warning("the relay refused most readers: %d refusals are withdrawn", len(refused))
