"""How fast the console answers with 200,000 readers and 2,000,000 deliveries, beside a bare page.

    python -m benchmarks.big_database sqlite:////tmp/big.db
    python -m benchmarks.console sqlite:////tmp/big.db

Each page is asked for over HTTP on loopback, one after another; then each command's queries run in
this process, without the start of an interpreter. The database is changed: an account is added.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from benchmarks.service import IDENTITY, KEY
from digest.accounts import accounts, signing_in
from digest.app import App, StoppedClock, build_app
from digest.model import DeliveryState, Role, Stage
from digest.operations import metrics, reader_mails
from digest.settings import load_settings
from digest.web.pages import make_site
from tests.web.serving import serving

NOW = datetime(2026, 11, 19, 9, tzinfo=UTC)
READER, ADDRESS = 123, "reader123@host123.example.org"
TIMES = 12
PAGES = (
    *("", "/today/2026-11-19/failed", "/edition", "/edition/preview"),
    *("/readers", "/readers?state=paused", "/readers?topic=speech", "/readers?mail=failed"),
    *(f"/readers/{READER}", "/readers/growth", "/readers/import"),
    *("/topics", "/topics/speech", "/topics/versions", "/topics/without"),
    *("/plots", "/plots?days=365", "/plots/mails.svg", "/plots/readers.svg", "/lab"),
    *("/settings", "/runs", "/alerts", "/doctor", "/webhooks", "/accounts", "/audit", "/more"),
)


def commands(app: App) -> dict[str, Callable[[], object]]:
    """Return what asks the database in a command, by the command."""
    every: dict[str, Any] = dict.fromkeys(("kind", "on", "state", "address", "reply", "search"))

    def mails(**wanted: Any) -> Callable[[], object]:
        return lambda: list(islice(reader_mails.mails(app.database, **{**every, **wanted}), 51))

    return {
        "status": app.operations.status,
        "alerts": app.operations.alerts,
        "explain": lambda: app.explaining.explain(ADDRESS, None),
        "deliveries": mails(),
        "deliveries --state failed": mails(state=DeliveryState.FAILED),
        "deliveries --to": mails(address=ADDRESS),
        "/metrics": lambda: metrics.ServiceFigures(app.database, app.clock).collect(),
    }


def timed(ask: Callable[[], object]) -> Iterator[float]:
    """Yield milliseconds of one call after another, the first left out: it fills caches."""
    ask()
    for _ in range(TIMES):
        began = time.perf_counter()
        ask()
        yield (time.perf_counter() - began) * 1000


def say(name: str, times: Iterator[float]) -> None:
    """Print the median and the 95th percentile."""
    found = sorted(times)
    worst = found[int(len(found) * 0.95) - 1]
    print(f"{name:40} {statistics.median(found):8.0f} {worst:8.0f}", flush=True)


def main(url: str) -> None:
    """Measure, and print a table: milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            database_url=url, secret_key=KEY, journal_dir=Path(folder), **IDENTITY
        )
        app = build_app(settings, clock=StoppedClock(NOW))
        known = {each.address: each.id for each in accounts.list_all(app.database)}
        address = "benchmark@example.org"
        account = known.get(address) or accounts.add(app.database, address, Role.OWNER, NOW).id
        secret = signing_in.begin(app.database, account, Stage.FULL, "a benchmark", NOW)
        print(f"{'page or command':40} {'median':>8} {'p95':>8}  ms")
        alone = httpx.Limits(max_keepalive_connections=0)
        with (
            serving(make_site(app)) as site,
            httpx.Client(base_url=site, timeout=60, limits=alone) as client,
        ):
            say("/healthz (nothing is asked)", timed(lambda: client.get("/healthz")))
            client.headers["Cookie"] = f"__Secure-digest={secret}"  # the base URL is https
            for page in PAGES:
                answer = client.get(f"/admin{page}")
                name = f"/admin{page}" + (f" ({answer.status_code})" * (answer.status_code != 200))
                say(name, timed(lambda page=page: client.get(f"/admin{page}")))  # type: ignore[misc]
        for command, ask in commands(app).items():
            say(f"digest {command}", timed(ask))
        app.close()


if __name__ == "__main__":
    main(sys.argv[1])
