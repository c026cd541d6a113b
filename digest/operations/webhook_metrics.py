"""How the webhooks do, as figures for Prometheus."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy.orm import Session

from digest.webhooks.rules.retrying import MessageState
from digest.webhooks.store import webhooks


def metrics(session: Session) -> Iterator[Metric]:
    """Yield the figures for Prometheus."""
    text = "Messages of webhooks that wait or failed, by webhook."
    messages = GaugeMetricFamily("digest_webhook_messages", text, labels=["webhook", "state"])
    enabled = GaugeMetricFamily(
        "digest_webhook_enabled", "Whether a webhook is told of events.", labels=["webhook"]
    )
    counts = webhooks.counts(session)
    for one in webhooks.list_all(session):
        for state in (MessageState.WAITING, MessageState.FAILED):
            messages.add_metric([str(one.id), state.value], counts.get((one.id, state), 0))
        enabled.add_metric([str(one.id)], float(one.disabled_at is None))
    yield messages
    yield enabled
