"""The whole way of a send, beside a straightforward script, in one run.

    python -m benchmarks.send [--readers 20000] [--naive 300]

Ours: `digest send` as a process of its own, one worker, ledger and journal on, into a sink that
discards (benchmarks.discard). The script: for every reader select and render with Jinja2, inline
with premailer, build with EmailMessage, send with smtplib over one connection, commit one row; the
same readers, templates and sink. CPU is user + system time of the sending process, its start-up
left out for the script and included for ours. Compare ratios: machines are noisy.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.naive import send_naively
from digest.app import App
from digest.core.preferences import parse_preferences
from digest.db import subscribers
from digest.model import SubscriberState
from digest.services import ingest
from digest.settings import load_settings
from tests.dumps import make_dump
from tests.e2e.service import DAY

PAPERS = 100
KEY = "a key for the benchmark only"
# A small process in between: the peak memory of a child counts from what its parent had.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=sys.stderr)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, nargs="+", default=[2000, 20_000])
    parser.add_argument("--naive", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    sink = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.discard"], stdout=subprocess.PIPE, text=True
    )
    assert sink.stdout is not None
    port = int(sink.stdout.readline())
    try:
        for count in arguments.readers:
            with tempfile.TemporaryDirectory() as folder:
                app = prepare(Path(folder), count, port)
                compare(app, Path(folder), count, arguments.naive, arguments.rounds, port)
    finally:
        sink.kill()
        sink.wait()


def prepare(folder: Path, readers: int, port: int) -> App:
    """Make a database with papers and readers whose preferences differ."""
    url, smtp = f"sqlite:///{folder / 'digest.db'}", f"smtp://127.0.0.1:{port}"
    app = App(load_settings(database_url=url, secret_key=KEY, smtp_url=smtp, workers=1))
    app.init()
    dump = folder / "dump.txt"
    dump.write_text(make_dump(PAPERS, DAY, sentences=9), encoding="utf-8")
    ingest.ingest(app.database, [dump], now=app.clock(), given=DAY, classify=app.catalogue.classify)
    slugs = [topic.slug for topic in app.catalogue.topics]
    rows = []
    for number in range(readers):
        followed = [slugs[number * step % len(slugs)] for step in (1, 5, 7, 11, 13)]
        topics = ";".join(f"{slug}:{1 + number % 3}" for slug in followed)
        wants = {"topics": topics, "max_papers": "15"}
        rows.append((f"r{number}@example.org", "", parse_preferences(wants, app.vocabulary)))
    with app.database.write() as session:
        subscribers.add_all(session, rows, state=SubscriberState.ACTIVE, now=app.clock())
    return app


def compare(app: App, folder: Path, readers: int, naive: int, rounds: int, port: int) -> None:
    """Run both in turn, `rounds` times; print medians."""
    ours, theirs = [], []
    for number in range(rounds):
        ours.append(run_ours(app, folder, number))
        theirs.append(send_naively(app, app.foresee(DAY), naive, port, folder / f"{number}.db"))
    rate = sorted(one["rate"] for one in ours)[rounds // 2]
    cpu = sorted(one["cpu"] / readers * 1000 for one in ours)[rounds // 2]
    peak = sorted(one["peak_mb"] for one in ours)[rounds // 2]
    naive_cpu = sorted(one["cpu"] / naive * 1000 for one in theirs)[rounds // 2]
    naive_rate = sorted(naive / one["seconds"] for one in theirs)[rounds // 2]
    size = sorted(one["bytes"] for one in theirs)[rounds // 2]
    print(f"{readers:,} readers, mails of about {size / 1000:.0f} KB, medians of {rounds} rounds")
    print(f"  digest send   {rate:8,.0f} mails/s  {cpu:8.3f} CPU s per 1,000  {peak:4.0f} MB peak")
    print(f"  plain script  {naive_rate:8,.0f} mails/s  {naive_cpu:8.3f} CPU s per 1,000")
    print(f"  the script takes {naive_cpu / cpu:.0f} times the CPU")


def run_ours(app: App, folder: Path, number: int) -> dict[str, float]:
    """Send one edition (each round its own date) as a process of its own."""
    environment = {
        **os.environ,
        "DIGEST_DATABASE_URL": app.settings.database_url.get_secret_value(),
        "DIGEST_SMTP_URL": app.settings.smtp_url.get_secret_value(),
        "DIGEST_SECRET_KEY": KEY,
        "DIGEST_WORKERS": "1",
        "DIGEST_SMTP_CONNECTIONS": "8",
    }
    with app.database.write() as session:  # each round anew: the same mails to everybody
        session.connection().exec_driver_sql("DELETE FROM deliveries")
        session.connection().exec_driver_sql("DELETE FROM batches")
    report = folder / f"{number}.json"
    command = [sys.executable, "-m", "digest", "send", "--date", DAY.isoformat(), "--json"]
    with report.open("w") as out:
        measured = subprocess.run(
            [sys.executable, "-c", MEASURE, *command],
            env=environment,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=True,
        )
    cpu, peak_kib = measured.stderr.split()[-2:]
    found = json.loads(report.read_text())
    assert found["balanced"]
    assert found["states"] == {"sent": found["planned"]}
    return {
        "rate": found["planned"] / found["seconds"],
        "cpu": float(cpu),
        "peak_mb": int(peak_kib) / 1024,
    }


if __name__ == "__main__":
    main()
