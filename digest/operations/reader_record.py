"""All that the service knows about a reader: for them to take along, and for the operator."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from digest.delivery.store import ledger
from digest.errors import NotFoundError
from digest.ground.database.engine import Database
from digest.intake.store import reader_replies
from digest.model import Subscriber
from digest.operations.listings import delivery_line
from digest.operations.reader_mails import mail_line
from digest.operations.rules.reader_times import times_of
from digest.outbox.store import figures
from digest.papers.store import listings
from digest.render.headers import message_id
from digest.subscribers.rules.addresses import normalise
from digest.subscribers.rules.preference_fields import FIELDS
from digest.subscribers.rules.preferences import to_record
from digest.subscribers.store import events, subscribers, suppressions, votes
from digest.subscribers.store.events import Event, EventKind
from digest.subscribers.store.suppressions import Suppression
from digest.subscribers.unsubscribe import existing


def export(database: Database, subscriber_id: int) -> dict[str, Any]:
    """Return everything stored about a reader, as JSON values (GDPR 15, 20)."""
    with database.read() as session:
        found = existing(subscribers.by_id(session, subscriber_id))
        got = [
            *ledger.entries(session, address=found.address, newest_first=True),
            *ledger.thinned_of(session, found.id, found.address),
        ]
        titles = listings.titles(session, {paper for one in got for paper in one.papers})
        return {
            "address": found.address,
            "name": found.name,
            "state": found.state.value,
            "subscribed_at": found.created_at.isoformat(),
            "paused_until": _iso(found.resumes_on),
            "preferences": to_record(found.preferences),
            "events": [_event(event) for event in events.for_subscriber(session, subscriber_id)],
            "votes": _votes(session, subscriber_id),
            "replies": _replies(session, subscriber_id),
            "mails": [
                {
                    "edition": one.edition.isoformat(),
                    "message_id": message_id(one.edition, one.subscriber_id, one.domain),
                    "state": one.state.value,
                    "reply": one.reply,
                    "settled_at": one.settled_at.isoformat() if one.settled_at else None,
                    "papers": [titles[paper_id] for paper_id in one.papers],
                    **_rankings(one, titles),
                }
                for one in got
            ],
            "single_mails": _single_mails(session, found.id),
        }


def about(database: Database, address: str, now: datetime, *, deliveries: int) -> dict[str, Any]:
    """Return everything known of an address, as JSON values: for the operator.

    address: or a subscriber's number, such as 7 or #7. deliveries: how many of the newest.
    NotFoundError when nobody has the address; it says so when it is suppressed all the same.
    """
    number = address.removeprefix("#")
    with database.read() as session:
        if number.isascii() and number.isdigit():
            numbered = subscribers.by_id(session, int(number))
            if numbered is None:
                raise NotFoundError(f"No subscriber has the number {number}.")
            address = numbered.address
        known = normalise(address)
        suppression = suppressions.get(session, known)
        found = subscribers.get(session, known)
        if found is None:
            raise NotFoundError(_nobody(suppression), hint="digest subscribers list")
        return {
            **_facts(session, found, suppression, now),
            "votes": _votes(session, found.id),
            "deliveries": _newest_deliveries(session, found.id, known, deliveries),
            "single_mails": _single_mails(session, found.id),
            "events": [_event(event) for event in events.for_subscriber(session, found.id)],
        }


def _rankings(mail: ledger.Entry, titles: Mapping[int, str]) -> dict[str, dict[str, str]]:
    """Return which ranking of a lab alone picked a paper, by title; nothing of other mails."""
    if mail.teams is None:
        return {}
    return {"lab": {titles[paper_id]: team.value for paper_id, team in mail.teams.items()}}


def facts(database: Database, subscriber_id: int, now: datetime) -> dict[str, Any]:
    """Return how a reader stands, what they want and how they agreed: `about` without the lists.

    NotFoundError when there is no such reader.
    """
    with database.read() as session:
        found = existing(subscribers.by_id(session, subscriber_id))
        return _facts(session, found, suppressions.get(session, found.address), now)


def _facts(
    session: Session, found: Subscriber, suppression: Suppression | None, now: datetime
) -> dict[str, Any]:
    happened = events.for_subscriber(session, found.id)
    confirmed_at = subscribers.confirmed_at(session, found.id)
    times = times_of(found, confirmed_at, happened, now)
    return {
        "id": found.id,
        "email": found.address,
        "name": found.name,
        "state": found.state.value,
        "state_since": times.state_since.isoformat(),
        "suppressed": _suppression(suppression),
        **{field.name: field.store(field.of(found.preferences)) for field in FIELDS},
        "created_at": found.created_at.isoformat(),
        "origin": subscribers.origin(session, found.id).value,
        "confirmed_at": _iso(confirmed_at),
        "paused_until": _iso(found.resumes_on),
        "consent": _consent(happened),
        "next_due_at": _iso(times.next_due_at),
    }


def _nobody(suppression: Suppression | None) -> str:
    nobody = "No subscriber has this address."
    if suppression is None:
        return nobody
    since = f"{suppression.since:%Y-%m-%d %H:%M} UTC"
    return f"{nobody} It is suppressed since {since}: {suppression.reason}"


def _suppression(found: Suppression | None) -> dict[str, str] | None:
    if found is None:
        return None
    since = found.since.isoformat()
    return {"since": since, "reason": found.reason, "source": found.source}


def _consent(happened: Sequence[Event]) -> dict[str, Any] | None:
    """Return the newest record of how the reader agreed; None when there is none."""
    agreed = [event for event in happened if event.kind is EventKind.CONFIRMED]
    return {"at": agreed[-1].at.isoformat(), **agreed[-1].detail} if agreed else None


def _newest_deliveries(
    session: Session, subscriber_id: int, address: str, count: int
) -> list[dict[str, Any]]:
    found = list(islice(ledger.entries(session, address=address, newest_first=True), count))
    if len(found) < count:
        thinned = ledger.thinned_of(session, subscriber_id, address)
        found += islice(thinned, count - len(found))
    titles = listings.titles(session, {paper for one in found for paper in one.papers})
    return [delivery_line(one, titles) for one in found]


def _single_mails(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    """Return the mails of the outbox to a reader, the newest first."""
    names = ("kind", "created_at", "state", "attempts", "uncertain", "reply", "settled_at")
    lines = map(mail_line, figures.of_subscriber(session, subscriber_id)[::-1])
    return [{name: line[name] for name in names} for line in lines]


def _event(event: Event) -> dict[str, Any]:
    return {"kind": event.kind.value, "at": event.at.isoformat(), **event.detail}


def _votes(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    return [
        {"paper": vote.title, "value": vote.value, "at": vote.voted_at.isoformat()}
        for vote in votes.for_subscriber(session, subscriber_id)
    ]


def _replies(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    return [
        {"at": one.received_at.isoformat(), "commands": list(one.commands), "text": one.text}
        for one in reader_replies.of_subscriber(session, subscriber_id)
    ]


def _iso(moment: date | None) -> str | None:
    return moment.isoformat() if moment else None
