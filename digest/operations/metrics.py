"""Collect what Prometheus reads: figures from the database, whichever process made them.

No figure carries an address. All of them come from one consistent view, kept for a few seconds, or
longer if reading is slow, so that scraping takes at most a twentieth of the time.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from threading import Lock
from time import monotonic

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from digest.delivery.store import counts
from digest.editions.store import dump_lists, editions
from digest.errors import UnreachableError
from digest.ground.database.engine import Database
from digest.model import FeedbackKind
from digest.operations import authentication_metrics, feedback, webhook_metrics
from digest.operations.store import status
from digest.outbox.store import figures
from digest.papers.store import listings
from digest.runs.store import runs
from digest.smtp.latency import LONGER, UPTO_MS
from digest.sources.store import sources as source_states
from digest.subscribers.store import subscribers, suppressions

FRESH_SECONDS = 5.0
SHARE = 20  # a view that took a second is kept for so many


class ServiceFigures(Collector):
    """Collects the figures; `clock` tells the time, for ages."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._lock = Lock()
        self._kept: list[Metric] = []
        self._fresh_until = 0.0

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: registering must not ask the database."""
        return []

    def collect(self) -> list[Metric]:
        """Return the figures, at most a few seconds old (longer if reading them is slow)."""
        with self._lock:
            started = monotonic()
            if started >= self._fresh_until:
                self._kept = self._look()
                took = monotonic() - started
                self._fresh_until = monotonic() + max(FRESH_SECONDS, SHARE * took)
            return self._kept

    def _look(self) -> list[Metric]:
        up = GaugeMetricFamily("digest_database_up", "Whether the database can be read.")
        try:
            with self._database.read() as session:
                found = list(_figures(session, self._clock()))
        except UnreachableError:
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        return [up, *found]


def registry(database: Database, clock: Callable[[], datetime]) -> CollectorRegistry:
    """Return all figures of a process: those of the service, and of the process itself."""
    made = CollectorRegistry()
    made.register(ServiceFigures(database, clock))
    ProcessCollector(registry=made)
    GCCollector(registry=made)
    return made


def _figures(session: Session, now: datetime) -> Iterator[Metric]:
    newest = editions.newest(session)
    states = counts.states(session, newest.id) if newest else {}
    mails = {state.value: count for state, count in states.items()}
    yield _by_label("digest_deliveries", "Mails of the newest edition by state.", "state", mails)
    waiting = status.count_waiting(session, now)
    behind = (now - waiting.since).total_seconds() if waiting.since else 0.0
    yield _gauge("digest_queue_batches", "Batches that could be sent now.", waiting.batches)
    yield _gauge("digest_behind_seconds", "How long the oldest of them has waited.", behind)
    yield _by_label(
        "digest_subscribers", "Subscribers by state.", "state", subscribers.counts(session)
    )
    yield from _of_outbox(session, now)
    yield from _of_feedback(session, now)
    yield from authentication_metrics.metrics(session, now)
    yield from webhook_metrics.metrics(session)
    yield from _of_papers(session)
    yield from _of_runs(session)
    yield from _of_sources(session, now)
    yield _latency(session)


def _of_outbox(session: Session, now: datetime) -> Iterator[Metric]:
    found = figures.counts(session)
    states = {state.value: count for state, count in found.states.items()}
    text = "Mails to single readers and to the operator, of the last 30 days, by state."
    yield _by_label("digest_outbox", text, "state", states)
    yield _gauge("digest_outbox_waiting", "Those that are not sent yet.", found.waiting)
    age = (now - found.since).total_seconds() if found.since else 0.0
    yield _gauge("digest_outbox_oldest_seconds", "How long the oldest of them has waited.", age)


def _of_feedback(session: Session, now: datetime) -> Iterator[Metric]:
    text = "Mails that bounced or were called spam, by kind: of the newest edition, of 30 days."
    family = GaugeMetricFamily("digest_feedback", text, labels=["of", "kind"])
    sent = GaugeMetricFamily("digest_feedback_sent", "The mails that they are of.", labels=["of"])
    newest, month = feedback.newest_edition(session), feedback.last_month(session, now)
    for name, found in (("newest edition", newest), ("30 days", month)):
        sent.add_metric([name], found.sent)
        for kind in FeedbackKind:
            family.add_metric([name, kind.value], found.counts.get(kind, 0))
    yield family
    yield sent
    yield _by_label(
        "digest_suppressions",
        "Suppressed addresses by source.",
        "source",
        suppressions.counts(session),
    )


def _of_papers(session: Session) -> Iterator[Metric]:
    dumps = CounterMetricFamily("digest_dumps", "Dumps by what became of them.", labels=["status"])
    for state, count in listings.count_dumps(session).items():
        dumps.add_metric([state], count)
    yield dumps
    newest = editions.newest(session)
    yield _gauge("digest_papers", "Papers, each once.", listings.count_papers(session))
    yield _gauge("digest_editions", "Editions that were opened.", len(editions.list_dates(session)))
    for name, day in (
        ("dump", dump_lists.newest_dump_date(session)),
        ("edition", newest.date if newest else None),
    ):
        if day is not None:
            text = f"The date of the newest {name}, at its midnight in UTC."
            yield _gauge(f"digest_newest_{name}_timestamp_seconds", text, _midnight(day))


def _of_runs(session: Session) -> Iterator[Metric]:
    for run in runs.list_newest(session, 1, kind="send"):
        ended = run.finished_at.timestamp()
        yield _gauge("digest_last_run_timestamp_seconds", "When the newest send ended.", ended)
        troubled = "Whether the newest send went wrong."
        yield _gauge("digest_last_run_troubled", troubled, bool(run.trouble))
    yield _gauge("digest_alerts", "Alerts that are not over.", len(runs.list_alerts(session)))
    tasks = status.list_tasks(session)
    failing = {task.name: int(bool(task.error)) for task in tasks}
    begun = {task.name: task.started.timestamp() for task in tasks if task.started}
    text = "When a scheduled task was last started."
    yield _by_label("digest_tick_timestamp_seconds", text, "tick", begun)
    yield _by_label(
        "digest_tick_failing", "Whether the last run of a scheduled task failed.", "tick", failing
    )


def _of_sources(session: Session, now: datetime) -> Iterator[Metric]:
    ages, failures = {}, {}
    for source in source_states.all_by_name(session).values():
        if source.last_new_at is not None:
            ages[source.name] = (now - source.last_new_at).total_seconds()
        failures[source.name] = source.failures
    yield _by_label("digest_source_age_seconds", "Since it last had a new list.", "source", ages)
    text = "Failed attempts in a row."
    yield _by_label("digest_source_failures", text, "source", failures)


def _latency(session: Session) -> Metric:
    """Return how fast the relay answers, over all finished runs of all machines."""
    found = runs.load_latencies(session)
    buckets, count = [], 0
    for upto in (*UPTO_MS, LONGER):
        count += found.get(upto, (0, 0.0))[0]
        buckets.append((str(upto / 1000) if upto != LONGER else "+Inf", float(count)))
    seconds = sum(total for _, total in found.values())
    text = "From the first byte of a mail to the relay's answer."
    return HistogramMetricFamily("digest_smtp_seconds", text, buckets=buckets, sum_value=seconds)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _by_label(
    name: str, text: str, label: str, values: dict[str, float] | dict[str, int]
) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
