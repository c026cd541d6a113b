"""Erase a reader from every table: what stays is a number, and when what happened to it.

The tables of later stages are named here as well, so that there is one list of the places that
know a reader. `tests/web/test_erased.py` searches the whole database for what it misses.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Function,
    Integer,
    LargeBinary,
    Text,
    and_,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from digest.ground.database.tables.api import IdempotencyRow
from digest.ground.database.tables.delivery import (
    UNSEALED,
    BatchRow,
    DeliveryRow,
    EditionRow,
    ReasonRow,
)
from digest.ground.database.tables.feedback import FeedbackRow
from digest.ground.database.tables.intake import IncomingMailRow
from digest.ground.database.tables.readers import EventKind, EventRow, SubscriberRow
from digest.ground.tokens.nonces import hash_nonce
from digest.model import ReasonKind, SubscriberState
from digest.smtp.replies import codes_of
from digest.subscribers.store import events, outbox, uploads
from digest.webhooks.store import telling

_GONE = b'{"type":"about:blank","title":"Gone","status":410,"detail":"The reader was erased."}'
_GONE_HEADERS = {"content-type": "application/problem+json"}


def erase(session: Session, subscriber_id: int, now: datetime) -> bool:
    """Erase one reader; False when there is none.

    Files on their way to an import may name them, and go first: an import holds its file, then
    changes readers, and in another order the two would wait for each other.
    """
    if session.scalar(select(SubscriberRow.id).where(SubscriberRow.id == subscriber_id)) is None:
        return False
    uploads.forget_all(session)
    found = session.execute(
        select(
            SubscriberRow.address,
            SubscriberRow.interests,
            SubscriberRow.nonce,
            SubscriberRow.state,
        )
        .where(SubscriberRow.id == subscriber_id)
        .with_for_update()
    ).one_or_none()
    if found is None:
        return False
    address, interests, nonce, state = found
    typed = set(interests) | set(_typed(session, subscriber_id))
    session.execute(delete(SubscriberRow).where(SubscriberRow.id == subscriber_id))
    events.forget(session, subscriber_id)
    detail = {"reader": hash_nonce(nonce)}  # tells the logs of leavers who it was, by no address
    events.record(session, subscriber_id, EventKind.ERASED, at=now, detail=detail)
    _forget_reasons(session, typed)
    _forget_mails(session, subscriber_id)
    _forget_feedback(session, subscriber_id)
    outbox.forget(session, subscriber_id)
    _forget_answers(session, address)
    telling.forget(session, subscriber_id)
    if state is not SubscriberState.PENDING:  # of whom nobody was told
        telling.tell_erased(session, subscriber_id, now)
    return True


def _typed(session: Session, subscriber_id: int) -> Iterator[str]:
    """Yield every interest that the record of a reader names."""
    query = select(EventRow.detail).where(EventRow.subscriber_id == subscriber_id)
    for detail in session.scalars(query):
        for part in (detail, detail.get("before"), detail.get("after")):
            if isinstance(part, Mapping):
                yield from _texts(part.get("interests"))


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _forget_reasons(session: Session, interests: Iterable[str]) -> None:
    """Empty the reasons that quote an interest which no other reader has.

    The row stays, because packed picks name it by its id.
    """
    for interest in sorted(interests):
        quoted = json.dumps(interest)  # as the column has it, in ASCII
        theirs = cast(SubscriberRow.interests, Text).contains(quoted, autoescape=True)
        if session.scalar(select(SubscriberRow.id).where(theirs).limit(1)) is None:
            same = (ReasonRow.kind == ReasonKind.INTEREST.value, ReasonRow.subject == interest)
            number = session.scalar(select(ReasonRow.id).where(*same))
            change = update(ReasonRow).where(ReasonRow.id == number)
            session.execute(change.values(subject=f"(erased {number})"))


def _forget_mails(session: Session, subscriber_id: int) -> None:
    """Leave of a reader's deliveries their state; of a reply only its codes.

    Their batches are sealed anew. Those that are thinned already stay: they hold numbers alone.
    """
    editions = session.scalars(select(EditionRow.id)).all()  # first in the key of the ledger
    mine = and_(DeliveryRow.edition_id.in_(editions), DeliveryRow.subscriber_id == subscriber_id)
    theirs = tuple_(BatchRow.edition_id, BatchRow.number).in_(
        select(DeliveryRow.edition_id, DeliveryRow.batch).where(mine)
    )
    session.execute(update(BatchRow).where(theirs).values(UNSEALED))
    session.execute(update(DeliveryRow).where(mine).values(picks=None))
    for row in session.scalars(select(DeliveryRow).where(mine, DeliveryRow.reply.is_not(None))):
        row.reply = codes_of(row.reply or "")
    session.flush()


def _forget_feedback(session: Session, subscriber_id: int) -> None:
    """Leave of what came back of a reader's mail its kind and status; words may name them."""
    mine = FeedbackRow.subscriber_id == subscriber_id
    session.execute(update(FeedbackRow).where(mine).values(words=""))
    named = cast(IncomingMailRow.feedback, Text).contains(f'"subscriber": {subscriber_id},')
    for mail in session.scalars(select(IncomingMailRow).where(named)):
        mail.feedback = [each | {"words": ""} for each in mail.feedback]
    session.flush()


def _forget_answers(session: Session, address: str) -> None:
    """Replace the stored answers of the API that name an address: a repeat runs nothing anew."""
    forms = sorted({address.encode(), json.dumps(address)[1:-1].encode()})
    has = or_(*(_place(session, form) > 0 for form in forms))
    gone = {"status": 410, "headers": _GONE_HEADERS, "body": _GONE}
    session.execute(update(IdempotencyRow).where(has).values(gone))


def _place(session: Session, part: bytes) -> Function[int]:
    """Where in a stored answer these bytes begin, from 1; 0 if it does not have them."""
    if session.get_bind().dialect.name == "sqlite":
        return func.instr(IdempotencyRow.body, part, type_=Integer)
    return func.position(literal(part, LargeBinary).op("IN")(IdempotencyRow.body), type_=Integer)
