"""The pages under load, beside a bare Starlette "hello" in the same run.

    python -m benchmarks.web [--seconds 10] [--rounds 3] [--connections 200]

`digest serve` as a process of its own, SQLite, an edition of 1,000 papers, a mail server that
discards; wrk on the home page, on the preferences of all readers in turn, and on the one-click
address of all readers in turn (every round other readers, so that each press ends a subscription
as long as there are readers left). Ways take turns; the median round counts. Compare with the
hello: machines are noisy, and wrk itself runs on the same two cores.
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.service import KEY
from digest.app import build_app
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.model import SubscriberState
from digest.papers import ingest
from digest.settings import load_settings
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.store import reader_lists, subscribers
from tests.dumps import make_dump
from tests.e2e.service import DAY

PAPERS, READERS = 1000, 20_000
# Each thread of wrk goes through every second line of the file; `done` prints what it counted.
SCRIPT = """
local lines, at, threads = {}, 0, 0
function setup(thread)
  thread:set("place", threads)
  threads = threads + 1
end
function init(arguments)
  for line in io.lines(arguments[2]) do lines[#lines + 1] = line end
  at = tonumber(arguments[3]) + place
  wrk.method = arguments[1]
  if wrk.method == "POST" then
    wrk.body = "List-Unsubscribe=One-Click"
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  end
end
function request()
  at = at + 2
  return wrk.format(nil, lines[at % #lines + 1])
end
function done(summary, latency, requests)
  local wrong = summary.errors
  io.write(string.format("RESULT %d %d %f %f %d\\n", summary.requests, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout))
end
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            started(["-m", "benchmarks.discard"]) as relay,
            started(["-m", "benchmarks.hello"]) as hello,
        ):
            environment = prepare(folder, relay)
            with started(["-m", "digest", "serve", "--port", "0"], environment) as ours:
                ways = {
                    "a bare hello": (hello, "GET", "home"),
                    "home": (ours, "GET", "home"),
                    "preferences": (ours, "GET", "preferences"),
                    "one-click POST": (ours, "POST", "leave"),
                }
                measure(folder, ways, asked.seconds, asked.rounds, asked.connections)


def measure(
    folder: Path,
    ways: dict[str, tuple[int, str, str]],
    seconds: int,
    rounds: int,
    connections: int,
) -> None:
    """Take turns and print the medians: requests a second, milliseconds, errors of all rounds."""
    found: dict[str, list[tuple[float, float, float, int]]] = {way: [] for way in ways}
    for port, _, names in ways.values():  # the first that shows picks prepares the edition
        path = (folder / names).read_text().partition("\n")[0]
        httpx.get(f"http://127.0.0.1:{port}{path}", timeout=60).raise_for_status()
    for number in range(rounds):
        offset = number * READERS // rounds
        for way, (port, method, names) in ways.items():
            command = [
                *("wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "15s"),
                *("-s", str(folder / "turns.lua"), f"http://127.0.0.1:{port}", "--"),
                *(method, str(folder / names), str(offset)),
            ]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            found[way].append(_result(said))
    print(f"{connections} connections, {seconds} s a turn, medians of {rounds} rounds")
    print("| page | requests/s | median ms | 99 % ms | errors |")
    for way, results in found.items():
        rate, half, most = (statistics.median(one[place] for one in results) for place in range(3))
        wrong = sum(one[3] for one in results)
        print(f"| {way} | {rate:,.0f} | {half:,.0f} | {most:,.0f} | {wrong} |")


def _result(said: str) -> tuple[float, float, float, int]:
    match = re.search(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", said)
    assert match, said
    count, microseconds, half, most, wrong = match.groups()
    return int(count) / int(microseconds) * 1e6, float(half), float(most), int(wrong)


def prepare(folder: Path, relay: int) -> dict[str, str]:
    """Make papers, readers and the addresses of their pages; return the service's environment."""
    url, smtp = f"sqlite:///{folder / 'digest.db'}", f"smtp://127.0.0.1:{relay}"
    app = build_app(load_settings(database_url=url, secret_key=KEY, smtp_url=smtp))
    app.init()
    dump = folder / "dump.txt"
    dump.write_text(make_dump(PAPERS, DAY, sentences=9), encoding="utf-8")
    ingest.ingest(
        app.database, [dump], now=app.clock(), given=DAY, classify=app.files.classifier.classify
    )
    wishes = parse_preferences(
        {"topics": "compression;speech", "interests": "KV cache"}, app.files.vocabulary
    )
    readers = [(f"r{number}@example.org", "", wishes) for number in range(READERS)]
    with app.database.write() as session:
        subscribers.add_all(session, readers, state=SubscriberState.ACTIVE, now=app.clock())
        stored = list(reader_lists.iter_all(session))
    signer = LinkSigner(app.settings.keys)
    for name, start, purpose in (
        ("preferences", "/p/", Purpose.PREFERENCES),
        ("leave", "/u/", Purpose.UNSUBSCRIBE),
    ):
        tokens = (signer.token(purpose, one.id, one.nonce) for one in stored)
        (folder / name).write_text("".join(f"{start}{token}\n" for token in tokens))
    (folder / "home").write_text("/\n")
    (folder / "turns.lua").write_text(SCRIPT)
    app.database.close()
    return {"DIGEST_DATABASE_URL": url, "DIGEST_SMTP_URL": smtp, "DIGEST_SECRET_KEY": KEY}


@contextmanager
def started(arguments: list[str], environment: dict[str, str] | None = None) -> Iterator[int]:
    """Run a server of ours and give its port, which it prints first."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        yield int(re.findall(r"\d+", said)[-1])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


if __name__ == "__main__":
    main()
