"""All tables together, for what looks at the schema as a whole: migrations, and tests of them."""

from digest.ground.database.tables import (
    accounts,
    authentication,
    delivery,
    feedback,
    installation,
    intake,
    lab,
    operation,
    outbox,
    papers,
    readers,
    seals,
    signatures,
    statistics,
    topics,
    votes,
    webhooks,
)
from digest.ground.database.tables.base import Base

__all__ = [
    "Base",
    "accounts",
    "authentication",
    "delivery",
    "feedback",
    "installation",
    "intake",
    "lab",
    "operation",
    "outbox",
    "papers",
    "readers",
    "seals",
    "signatures",
    "statistics",
    "topics",
    "votes",
    "webhooks",
]
