"""List the mails to single readers: those of the outbox, alone or among those of the editions."""

import heapq
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from digest.ground.database.engine import Database
from digest.model import DeliveryState, MailKind
from digest.operations import listings
from digest.outbox.store import figures
from digest.outbox.store.figures import OutboxEntry
from digest.subscribers.rules.addresses import normalise

DIGEST = "digest"  # the kind of what belongs to an edition
KINDS = (DIGEST, *(kind.value for kind in MailKind if kind is not MailKind.TEST))


def mails(
    database: Database,
    *,
    kind: str | None,
    on: date | None,
    state: DeliveryState | None,
    address: str | None,
    reply: str | None,
    search: str | None,
) -> Iterator[dict[str, Any]]:
    """Yield deliveries and single mails, the newest day first. Arguments like `deliveries`.

    kind: only of one of KINDS. on: only deliveries of this edition.
    """
    sources: list[Iterator[dict[str, Any]]] = []
    if kind in (None, DIGEST):
        digests = listings.deliveries(
            database, on=on, state=state, address=address, reply=reply, search=search
        )
        sources.append({"kind": DIGEST, **line} for line in digests)
    if on is None and kind != DIGEST:
        only = MailKind(kind) if kind else None
        sources.append(
            _single(database, only, state=state, address=address, reply=reply, search=search)
        )
    yield from heapq.merge(*sources, key=_day, reverse=True)


def _single(
    database: Database,
    kind: MailKind | None,
    *,
    state: DeliveryState | None,
    address: str | None,
    reply: str | None,
    search: str | None,
) -> Iterator[dict[str, Any]]:
    known = normalise(address) if address else None
    with database.read() as session:
        for one in figures.entries(
            session, kind=kind, state=state, address=known, reply=reply, search=search
        ):
            yield mail_line(one)


def mail_line(one: OutboxEntry) -> dict[str, Any]:
    """Return a mail of the outbox as programs read it; subscriber 0 is the operator."""
    return {
        "kind": one.kind.value,
        "email": one.address,
        "subscriber": one.subscriber_id,
        "subject": one.subject,
        "edition": None,
        "state": one.state.value,
        "attempts": one.attempts,
        "uncertain": one.uncertain_attempts > 0,
        "reply": one.reply,
        "created_at": one.created_at.isoformat(),
        "settled_at": _iso(one.settled_at),
        "not_before": _iso(one.not_before),
        "papers": [],
    }


def _day(line: dict[str, Any]) -> str:
    return str(line["edition"] or line["created_at"][:10])


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
