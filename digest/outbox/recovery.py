"""After a kill: settle the mails of the outbox that dead workers had leased."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from digest.delivery.rules.outcome import KILLED, VANISHED
from digest.delivery.settling import UncertainPolicy, decide_recovered
from digest.delivery.store import journal
from digest.ground.database.engine import Database
from digest.model import Answer, DeliveryState
from digest.outbox.store import mails
from digest.outbox.store.mails import OutboxMail, Settled


def recover(
    database: Database, journals: Path, *, now: datetime, uncertain: UncertainPolicy
) -> Counter[DeliveryState]:
    """Settle what dead workers had leased; count the mails that were settled.

    With its journal: what was answered is settled by its answer, what was begun and not answered is
    uncertain, what was never begun waits as before. Without a journal on this machine, once the
    lease has run out: all of it is uncertain.
    """
    tally: Counter[DeliveryState] = Counter()
    for record in journal.orphans(journals):
        answers = dict.fromkeys(record.begun, KILLED) | record.answers
        with database.write() as session:
            held = mails.leased(session, record.lease)
            tally += _settle(session, record.lease, held, answers, now, uncertain)
        record.path.unlink()
    here = {path.stem for path in journals.glob("*.journal")}  # their workers live
    with database.write() as session:
        for lease, held in mails.expired(session, but=here, now=now).items():
            answers = dict.fromkeys((mail.id for mail in held), VANISHED)
            tally += _settle(session, lease, held, answers, now, uncertain)
    return tally


def _settle(
    session: Session,
    lease: str,
    held: Sequence[OutboxMail],
    answers: Mapping[int, Answer],
    now: datetime,
    uncertain: UncertainPolicy,
) -> Counter[DeliveryState]:
    settled: list[Settled] = []
    for mail in held:
        answer = answers.get(mail.id)
        if answer is None:
            continue
        outcome = decide_recovered(answer, mail.id, mail, now=now, uncertain=uncertain)
        settled.append(Settled(mail, outcome))
    mails.settle(session, lease, settled, now=now)
    return Counter(outcome.state for _, outcome in settled)
