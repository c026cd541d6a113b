"""What receivers say of mail in our name, as figures for Prometheus."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy.orm import Session

from digest.dmarc.rules.shares import LONG_DAYS, SHORT_DAYS
from digest.operations.authentication import dmarc
from digest.postmaster.rules.compliance import State
from digest.postmaster.store import verdicts


def metrics(session: Session, now: datetime) -> Iterator[Metric]:
    """Yield the figures for Prometheus."""
    text = "Mails in our name that receivers reported, by whether DMARC passed."
    family = GaugeMetricFamily("digest_dmarc_mails", text, labels=["days", "aligned"])
    for days in (SHORT_DAYS, LONG_DAYS):
        found = dmarc(session, now, days, 0)
        family.add_metric([str(days), "yes"], found.aligned)
        family.add_metric([str(days), "no"], found.mails - found.aligned)
    yield family
    text = "Whether Gmail finds a requirement met (1) or not (0)."
    met = GaugeMetricFamily("digest_postmaster_compliant", text, labels=["requirement"])
    for one in verdicts.all_of(session):
        if one.state is not State.UNKNOWN:
            met.add_metric([one.requirement.lower()], float(one.state is State.COMPLIANT))
    yield met
