"""Say which webhooks are told nothing any more."""

from collections.abc import Iterable

from digest.operations.rules.alerts import Alert
from digest.webhooks.rules.webhook import Webhook


def disabled_webhooks(webhooks: Iterable[Webhook]) -> list[Alert]:
    """Return an alert for each that was disabled because nothing arrived, or nothing is wanted."""
    return [
        Alert(
            f"webhook {one.id}",
            f"Webhook {one.id} is disabled",
            f"{one.url} is told nothing any more since {one.disabled_at:%Y-%m-%d %H:%M} UTC: "
            f"{one.reason}.",
            f"See `digest webhooks attempts {one.id}`. Once it can be reached again: "
            f"`digest webhooks enable {one.id}`, and `digest webhooks resend {one.id} --failed`. "
            f"If it is needed no more: `digest webhooks remove {one.id}`.",
        )
        for one in webhooks
        if one.is_alarming and one.disabled_at
    ]
