"""A service with papers and readers to send to, and `digest send` on it as a process of its own."""

import compileall
import json
import random
import statistics
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured, Process, run
from digest.app import App, build_app
from digest.delivery.batch_run import DeliveryContext
from digest.delivery.composing import Composer
from digest.delivery.guard import Guard, Thresholds
from digest.delivery.late_unsubscribes import LateUnsubscribes
from digest.delivery.lease_keeper import LocalLease
from digest.delivery.leasing import LEASE, LeasedBatch
from digest.delivery.recipient_domains import RecipientDomains
from digest.delivery.store import due_deliveries, jobs
from digest.delivery.store.batches import Batch
from digest.delivery.store.journal import Journal
from digest.model import Reason, SubscriberState
from digest.papers import ingest
from digest.settings import load_settings
from digest.smtp.latency import Latencies
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.store import subscribers
from tests.dumps import make_dump, make_phrase

DAY = date(2026, 11, 19)
PAPERS = 100
CARDS = 15
KEY = "a key for the benchmark only"
# Sinks of others do not say that they are one, so a send wants what mail to real people needs.
IDENTITY = {
    "sender": "Papers <digest@papers-benchmark.net>",
    "postal_address": "1 Made-up Street, 12345 Nowhere",
    "base_url": "https://papers-benchmark.net",
}
_SAMPLE = 50  # mails whose size is looked at


class Service:
    """One database with readers who all ask for 15 papers, each by wishes of their own.

    Everybody follows one to six topics, popular ones more often (Zipf's law); every third has typed
    one or two phrases as well.
    """

    def __init__(
        self, folder: Path, readers: int, *, database_url: str = "", **settings: Any
    ) -> None:
        self.readers = readers
        self.folder = folder
        url = database_url or f"sqlite:///{folder / 'digest.db'}"
        self.app = build_app(
            load_settings(database_url=url, secret_key=KEY, workers=1, **IDENTITY, **settings)
        )
        self._environment = {
            "DIGEST_DATABASE_URL": url,
            "DIGEST_SECRET_KEY": KEY,
            "DIGEST_JOURNAL_DIR": str(folder / "journals"),
            **{f"DIGEST_{name.upper()}": value for name, value in IDENTITY.items()},
        }
        self._fill()
        # As an installed package is: some environments write no bytecode, and every start compiles.
        compileall.compile_dir(Path(__file__).parent.parent / "digest", quiet=1)

    def send(
        self,
        port: int,
        *,
        workers: int = 1,
        connections: int = 8,
        at: datetime | None = None,
        **settings: str,
    ) -> Measured:
        """Send the edition to everybody, anew each time: the same mails.

        at: pretend that it is this time. The rate is that of the run's own report, CPU is all of
        the command, start-up included.
        """
        self.forget()
        now = ["--now", at.isoformat()] if at else []
        done = run(
            *command("send", "--date", DAY.isoformat(), "--json", *now),
            environment=self.environment(port, workers, connections) | settings,
        )
        found = json.loads(done.output)
        assert found["balanced"]
        assert found["states"] == {"sent": self.readers}
        cpu_ms = done.cpu / self.readers * 1000
        return Measured(self.readers / found["seconds"], cpu_ms, peak_mb=done.peak_mb)

    def sign_ahead(self, at: datetime, **settings: str) -> Process:
        """Sign what `send` would send at a time, by the command."""
        done = run(
            *command("dkim", "ahead", "--json", "--date", DAY.isoformat(), "--at", at.isoformat()),
            environment={**self._environment, **settings},
        )
        assert json.loads(done.output) == {"signed": self.readers}
        return done

    def environment(self, port: int, workers: int = 1, connections: int = 8) -> dict[str, str]:
        """Return the settings of a command of this service that sends to a port of this machine."""
        return {
            **self._environment,
            "DIGEST_SMTP_URL": f"smtp://127.0.0.1:{port}",
            "DIGEST_WORKERS": str(workers),
            "DIGEST_SMTP_CONNECTIONS": str(connections),
        }

    def forget(self) -> None:
        """Empty the ledger, as if nothing had been sent."""
        with self.app.database.write() as session:
            for table in ("deliveries", "delivery_counts", "batches", "seals"):
                session.connection().exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
            jobs.sweep(session)

    def dues(self, count: int) -> list[due_deliveries.DueDelivery]:
        """Return the first readers as a send would find them."""
        return first_dues(self.app, count)

    def context(
        self, composer: Composer, journal: Journal, batch: Batch, reason_ids: Mapping[Reason, int]
    ) -> DeliveryContext:
        """Return what the messages of a batch pass in a real send."""
        app = self.app
        return DeliveryContext(
            composer,
            reason_ids,
            RecipientDomains(app.database, {}, app.clock),
            LocalLease(app.database, LeasedBatch(batch, journal), LEASE),
            LateUnsubscribes(app.database, batch),
            Guard(
                app.database, batch.edition_id, Thresholds(last=200, last_most_failed=25), app.clock
            ),
            Latencies(),
            stop=lambda: False,
        )

    def octets(self) -> int:
        """Return the size of a mail, in the middle."""
        composer = self.app.composing.composer(self.app.editions.foresee(DAY))
        choices = composer.choose(self.dues(_SAMPLE), {})
        return round(statistics.median(len(composer.message(one).body) for one in choices))

    def _fill(self) -> None:
        app = self.app
        app.init()
        dump = self.folder / "dump.txt"
        dump.write_text(make_dump(PAPERS, DAY, sentences=9), encoding="utf-8")
        classify = app.files.classifier.classify
        ingest.ingest(app.database, [dump], now=app.clock(), given=DAY, classify=classify)
        chance = random.Random(21)
        slugs = self._topics_by_papers()
        with app.database.write() as session:
            for first in range(0, self.readers, 10_000):
                rows = []
                for number in range(first, min(first + 10_000, self.readers)):
                    wants = _wants(chance, slugs)
                    wishes = parse_preferences(wants, app.files.vocabulary)
                    rows.append((f"r{number}@example.org", "", wishes))
                subscribers.add_all(session, rows, state=SubscriberState.ACTIVE, now=app.clock())

    def _topics_by_papers(self) -> list[str]:
        """The topics of the catalogue, those of most papers first."""
        papers = [each.paper for each in self.app.editions.foresee(DAY).edition.candidates]
        counts = Counter(slug for paper in papers for slug in paper.topics)
        slugs = [topic.slug for topic in self.app.files.catalogue.topics]
        return sorted(slugs, key=lambda slug: (-counts[slug], slug))


def first_dues(app: App, count: int) -> list[due_deliveries.DueDelivery]:
    """Return the first readers of a database as a send would find them."""
    dues: list[due_deliveries.DueDelivery] = []
    with app.database.read() as session:
        while len(dues) < count:
            after = dues[-1].subscriber_id if dues else 0
            dues += due_deliveries.would_be_due(session, 0, [], after=after, now=app.clock())
    return dues[:count]


def command(*arguments: str) -> list[str]:
    """Return the command line of `digest` with these arguments."""
    return [sys.executable, "-m", "digest", *arguments]


def _wants(chance: random.Random, slugs: Sequence[str]) -> dict[str, str]:
    weights = [1 / rank for rank in range(1, len(slugs) + 1)]
    topics = dict.fromkeys(chance.choices(slugs, weights, k=chance.randint(1, 6)))
    phrases = [make_phrase(chance) for _ in range(chance.randint(1, 2))]
    return {
        "topics": ";".join(f"{slug}:{chance.randint(1, 3)}" for slug in topics),
        "interests": ";".join(phrases if chance.random() < 1 / 3 else ()),
        "max_papers": str(CARDS),
        "empty_day": "fill",  # everybody gets a mail
    }
