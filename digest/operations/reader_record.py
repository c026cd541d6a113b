"""Export all that the service knows about a reader."""

from typing import Any

from digest.delivery.store import ledger
from digest.ground.database.engine import Database
from digest.render.headers import message_id
from digest.subscribers.rules.preferences import to_record
from digest.subscribers.store import events, subscribers, votes
from digest.subscribers.unsubscribe import existing


def export(database: Database, subscriber_id: int) -> dict[str, Any]:
    """Return everything stored about a reader, as JSON values (GDPR 15, 20)."""
    with database.read() as session:
        found = existing(subscribers.by_id(session, subscriber_id))
        titles = ledger.titles(session)
        return {
            "address": found.address,
            "name": found.name,
            "state": found.state.value,
            "subscribed_at": found.created_at.isoformat(),
            "paused_until": found.paused_until.isoformat() if found.paused_until else None,
            "preferences": to_record(found.preferences),
            "events": [
                {"kind": event.kind.value, "at": event.at.isoformat(), **event.detail}
                for event in events.for_subscriber(session, subscriber_id)
            ],
            "votes": [
                {"paper": vote.title, "value": vote.value, "at": vote.voted_at.isoformat()}
                for vote in votes.for_subscriber(session, subscriber_id)
            ],
            "mails": [
                {
                    "edition": one.edition.isoformat(),
                    "message_id": message_id(one.edition, one.subscriber_id, one.domain),
                    "state": one.state.value,
                    "reply": one.reply,
                    "settled_at": one.settled_at.isoformat() if one.settled_at else None,
                    "papers": [titles[paper_id] for paper_id in one.papers],
                }
                for one in ledger.entries(session, address=found.address)
            ],
        }
