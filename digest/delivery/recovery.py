"""After a kill: read the journals that dead workers left, and settle their batches exactly."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.orm import Session

from digest.bounces.rules.scoring import DEFAULT_RULES, BounceRules
from digest.delivery import refusals
from digest.delivery.rules.outcome import KILLED, VANISHED
from digest.delivery.settling import UncertainPolicy, decide_recovered, settlement
from digest.delivery.store import (
    batches,
    due_deliveries,
    journal,
    journal_copies,
    leases,
    restored,
)
from digest.delivery.store.batches import Batch, Settlement
from digest.delivery.store.journal import Record
from digest.ground.database.engine import Database
from digest.installation import marks, sent_log
from digest.installation.sent_log import SentBatch
from digest.installation.store import installation
from digest.model import Answer, DeliveryState, Lost, Reply

_REFUSED = 400  # from this code on


class _Begun(NamedTuple):
    """What a journal says of the messages that were begun, by subscriber id."""

    picks: Mapping[int, bytes] = MappingProxyType({})
    mail_hashes: Mapping[int, bytes] = MappingProxyType({})


def recover(
    database: Database,
    journals: Path,
    *,
    now: datetime,
    uncertain: UncertainPolicy,
    rules: BounceRules = DEFAULT_RULES,
) -> Counter[DeliveryState]:
    """Settle every batch whose worker is dead; count the deliveries that were settled.

    A journal of a lease that nobody knows is of a batch that is settled, or of a database that was
    restored since: what had its 250, or may have, and still waits is uncertain, and not repeated.

    With its journal: what was answered is settled by its answer; what was begun and not answered
    is uncertain; what was never begun is queued as before. A journal that is locked says that its
    worker lives, however long it stands still: its batch is left alone. Without a journal on this
    machine, once the lease has run out: by the copy of it in the database, which is a segment
    behind; what may have been begun since is uncertain. Without a copy, all that was waiting in the
    batch. now: for the times of the next attempts; leases go by the database's own clock.
    """
    tally: Counter[DeliveryState] = Counter()
    for record in journal.orphans(journals):
        found = None
        with database.write() as session:
            batch = leases.leased(session, record.edition_id, record.batch, record.lease)
            day = record.day or installation.day_of(session, record.edition_id)
            if day is not None:
                found = _what_was_sent(record, day)
            if batch is not None:
                answers = dict.fromkeys(record.begun, KILLED) | record.answers
                begun = _Begun(record.begun, record.mail_hashes)
                settled = _decide(session, batch, answers, begun, now, uncertain)
                tally += _write(session, batch, settled, now, rules)
            elif found is not None and (count := restored.note(session, found, now).settled):
                tally[DeliveryState.UNCERTAIN] += count
        if found is not None:
            folder = marks.folder_beside(journals)
            marks.begin(folder)
            sent_log.add(folder, found, now)
        record.path.unlink()
    with database.write() as session:
        for batch in leases.expired(session):
            if journal.is_here(journals, batch.lease):
                continue  # alive; or dead since we looked, and then it is the next recovery's
            settled = _decide_lost(session, batch, now, uncertain)
            tally += _write(session, batch, settled, now, rules)
    return tally


def _what_was_sent(record: Record, day: date) -> SentBatch:
    """Return who was sent their mail by a journal, and who may have been."""
    replies = {key: one for key, one in record.answers.items() if isinstance(one, Reply)}
    sent = frozenset(key for key, one in replies.items() if one.code < _REFUSED)
    unanswered = frozenset(
        key for key in record.begun if isinstance(record.answers.get(key, KILLED), Lost)
    )
    return SentBatch(day, record.edition_id, record.batch, sent, unanswered)


def _decide_lost(
    session: Session, batch: Batch, now: datetime, uncertain: UncertainPolicy
) -> list[Settlement]:
    """Decide about a batch whose journal is not here, by its copy in the database."""
    copy = journal_copies.read(session, batch.lease)
    if copy is None:
        waiting = [one.subscriber_id for one in due_deliveries.due(session, batch, [], now)]
        return _decide(session, batch, dict.fromkeys(waiting, VANISHED), _Begun(), now, uncertain)
    may_be_begun = [
        one.subscriber_id
        for one in due_deliveries.due(session, batch, [], now)
        if one.subscriber_id <= copy.high_water_mark
    ]
    answers = dict.fromkeys(may_be_begun, VANISHED) | copy.answers
    begun = _Begun(copy.begun, copy.mail_hashes)
    return _decide(session, batch, answers, begun, now, uncertain)


def _decide(
    session: Session,
    batch: Batch,
    answers: Mapping[int, Answer],
    begun: _Begun,
    now: datetime,
    uncertain: UncertainPolicy,
) -> list[Settlement]:
    settlements: list[Settlement] = []
    for one in due_deliveries.due(session, batch, [], now):
        answer = answers.get(one.subscriber_id)
        if answer is None:
            continue
        outcome = decide_recovered(answer, one.subscriber_id, one, now=now, uncertain=uncertain)
        picks = begun.picks.get(one.subscriber_id, one.picks)
        mail_hash = begun.mail_hashes.get(one.subscriber_id) or None
        settlements.append(settlement(one.subscriber_id, outcome, picks, mail_hash))
    return settlements


def _write(
    session: Session,
    batch: Batch,
    settlements: Sequence[Settlement],
    now: datetime,
    rules: BounceRules,
) -> Counter[DeliveryState]:
    batches.settle(session, batch, settlements, now=now)
    refusals.record(session, batch.edition_id, settlements, rules, now)
    return Counter(done.state for done in settlements)
