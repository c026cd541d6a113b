"""A webhook as the operator sees it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook without its secret. reason: why it is disabled; empty while it is not.

    failing_since: since when nothing arrived. is_alarming: it was disabled, and by nobody.
    """

    id: int
    url: str
    news: tuple[str, ...]
    with_addresses: bool
    created_at: datetime
    disabled_at: datetime | None
    reason: str
    is_alarming: bool
    failing_since: datetime | None
    succeeded_at: datetime | None
