"""The pages under load, beside a bare Starlette "hello" in the same run.

    python -m benchmarks.web [--database sqlite|postgres] [--workers 2] [--seconds 5] [--rounds 3]
                             [--connections 200] [--pages home,vote]

`digest serve` as processes of its own, an edition of 1,000 papers, a mail server that discards; wrk
on the pages that thousands open after a mailing: the first page, the links of mails of all readers
in turn, their presses of buttons (every round other readers, so that each press changes something
as long as there are readers left). Beside them, a Starlette that commits one row a request into a
database of the same kind. Ways take turns; the median round counts. Compare with the hello:
machines are noisy, and wrk itself runs on the same two cores. Meanwhile `/healthz` is asked ten
times a second, on connections of its own: at the port for health, and at that of the pages.
"""

import argparse
import http.client
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
from sqlalchemy import func, select

from benchmarks.service import IDENTITY, KEY
from digest.app import App, build_app
from digest.ground.database.tables.outbox import OutboxRow
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.model import Cadence, Preferences, Subscriber, SubscriberState
from digest.papers import ingest
from digest.settings import load_settings
from digest.subscribers.rules.consent import CONSENT
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.store import events, reader_lists, subscribers
from digest.subscribers.store.events import EventKind
from tests.dumps import make_dump
from tests.e2e.databases import own_postgres
from tests.e2e.service import DAY

PAPERS, READERS, ASKED, VOTED = 1000, 20_000, 20_000, 50
HELLO, COMMITTING = "a bare hello", "a bare commit"
HEALTH_SECONDS = 0.1
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


class Way(NamedTuple):
    """What wrk does: at which port, how, with the paths of which file. aim: share of the hello."""

    port: int
    method: str
    paths: str
    aim: float | None = None


class Turn(NamedTuple):
    """What a turn of wrk found: rate, median and 99th percentile in ms, errors.

    health, asked: the slowest health check in ms, at its own port and at that of the pages.
    """

    rate: float
    median: float
    most: float
    errors: int
    health: float
    asked: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--pages", default="", help="some of them, by the words in their names")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        ours_url, other_url = _databases(asked.database, folder, running)
        relay = running.enter_context(started(["-m", "benchmarks.discard"]))
        environment = prepare(folder, ours_url, relay)
        serve = ["-m", "digest", "serve", "--port", "0", "--workers", str(asked.workers)]
        serve += ["--health-port", "0"]
        ours, health = running.enter_context(started_ports(serve, environment, count=2))
        hello = running.enter_context(started(["-m", "benchmarks.hello"]))
        other = running.enter_context(started(["-m", "benchmarks.committing", other_url]))
        ways = {
            HELLO: Way(hello, "GET", "home"),
            COMMITTING: Way(other, "POST", "leave"),
            "home": Way(ours, "GET", "home", 0.6),
            "one-click GET": Way(ours, "GET", "leave", 0.4),
            "vote GET": Way(ours, "GET", "vote", 0.4),
            "confirm GET": Way(ours, "GET", "confirm", 0.4),
            "preferences GET": Way(ours, "GET", "preferences", 0.1),
            "one-click POST": Way(ours, "POST", "leave", 0.2),
            "confirm POST": Way(ours, "POST", "confirm", 0.2),
            "vote POST": Way(ours, "POST", "vote", 0.2),
        }
        wanted = asked.pages.split(",")
        ways = {
            name: way
            for name, way in ways.items()
            if way.aim is None or any(word in name for word in wanted)
        }
        print(
            f"{asked.database}, {asked.workers} workers, {asked.connections} connections, ", end=""
        )
        print(f"{asked.seconds} s a turn, medians of {asked.rounds} rounds", flush=True)
        asking = (health, ours)
        show(ways, measure(folder, ways, asking, asked.seconds, asked.rounds, asked.connections))
        _show_mails(environment)


def measure(
    folder: Path,
    ways: dict[str, Way],
    asking: tuple[int, int],
    seconds: int,
    rounds: int,
    connections: int,
) -> dict[str, list[Turn]]:
    """Take turns; return what each round found of each way. asking: the ports for health."""
    found: dict[str, list[Turn]] = {way: [] for way in ways}
    for way in ways.values():  # the first that shows picks prepares the edition
        path = (folder / way.paths).read_text().partition("\n")[0]
        if way.method == "GET":
            httpx.get(f"http://127.0.0.1:{way.port}{path}", timeout=60).raise_for_status()
    for number in range(rounds):
        offset = number * READERS // rounds
        for name, way in ways.items():
            command = [
                *("wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "15s"),
                *("-s", str(folder / "turns.lua"), f"http://127.0.0.1:{way.port}", "--"),
                *(way.method, str(folder / way.paths), str(offset)),
            ]
            with watched(asking[0]) as own, watched(asking[1]) as shared:
                said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            found[name].append(_result(said, max(own), max(shared)))
    return found


def show(ways: dict[str, Way], found: dict[str, list[Turn]]) -> None:
    """Print the medians, as shares of the hello's."""
    print(
        "| page | requests/s | of hello | aim | median ms | 99 % ms | errors | health ms ", end=""
    )
    print("| at the pages' port |")
    rate, median = _medians(found[HELLO])[:2]
    for name, turns in found.items():
        one, aim = _medians(turns), ways[name].aim
        missed = aim is not None and (one.rate < aim * rate or one.most > 20 * median)
        print(
            f"| {name} | {one.rate:,.0f} | {one.rate / rate:.2f} | {aim or ''} | {one.median:,.0f} "
            f"| {one.most:,.0f} | {one.errors} | {one.health:,.0f} | {one.asked:,.0f} "
            f"|{' missed' if missed else ''}"
        )


def _medians(turns: Sequence[Turn]) -> Turn:
    """Return medians; of errors the sum, of the health check the slowest."""
    rate, median, most = (statistics.median(one[place] for one in turns) for place in range(3))
    errors, health = sum(one.errors for one in turns), max(one.health for one in turns)
    return Turn(rate, median, most, errors, health, max(one.asked for one in turns))


def _result(said: str, health: float, asked: float) -> Turn:
    match = re.search(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", said)
    assert match, said
    count, microseconds, half, most, wrong = match.groups()
    rate = int(count) / int(microseconds) * 1e6
    return Turn(rate, float(half), float(most), int(wrong), health, asked)


@contextmanager
def watched(port: int) -> Iterator[list[float]]:
    """Ask for the health of the service all the time; collect how many ms each answer took."""
    over, took = threading.Event(), [0.0]

    def ask() -> None:
        while not over.wait(HEALTH_SECONDS):
            began = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
            connection.close()
            took.append((time.monotonic() - began) * 1000)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield took
    finally:
        over.set()
        thread.join()


def _databases(kind: str, folder: Path, running: ExitStack) -> tuple[str, str]:
    """Return the addresses of our database and the other's, with everything on disk at a commit."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'digest.db'}", f"sqlite:///{folder / 'other.db'}"
    url, _ = running.enter_context(own_postgres(folder / "postgres"))
    return url, url


def prepare(folder: Path, url: str, relay: int) -> dict[str, str]:
    """Make papers, readers and the addresses of their pages; return the service's environment."""
    environment = {
        "DIGEST_DATABASE_URL": url,
        "DIGEST_SMTP_URL": f"smtp://127.0.0.1:{relay}",
        "DIGEST_SECRET_KEY": KEY,
        "DIGEST_JOURNAL_DIR": str(folder / "journals"),
        **{f"DIGEST_{name.upper()}": text for name, text in IDENTITY.items()},
    }
    app = _app(environment)
    app.init()
    dump = folder / "dump.txt"
    dump.write_text(make_dump(PAPERS, DAY, sentences=9), encoding="utf-8")
    ingest.ingest(
        app.database, [dump], now=app.clock(), given=DAY, classify=app.files.classifier.classify
    )
    dice = random.Random(1)
    active = [(f"r{number}@example.org", "", _wishes(app, dice)) for number in range(READERS)]
    pending = [(f"p{number}@example.org", "", _wishes(app, dice)) for number in range(ASKED)]
    now = app.clock()
    with app.database.write() as session:
        subscribers.add_all(session, active, state=SubscriberState.ACTIVE, now=now)
        subscribers.add_all(session, pending, state=SubscriberState.PENDING, now=now)
        stored = list(reader_lists.iter_all(session))
        asked = [one for one in stored if one.state is SubscriberState.PENDING]
        details = [(one.id, {"ip": "", "topics": [], "agreed": CONSENT.version}) for one in asked]
        ids = events.record_each(session, EventKind.ASKED, details, at=now)
    requests = dict(zip([one.id for one in asked], ids, strict=True))
    _write_paths(folder, app, stored, requests)
    app.database.close()
    return environment


def _wishes(app: App, dice: random.Random) -> Preferences:
    """Return what a reader chose: one to six topics, some a phrase, at some hour."""
    topics = dice.sample(sorted(app.files.vocabulary.topics), dice.randint(1, 6))
    given = {
        "topics": ";".join(f"{one}:{dice.choice((0.5, 1, 2))}" for one in topics),
        "interests": dice.choice(["", "", "KV cache", "protein folding"]),
        "cadence": dice.choice([one.value for one in Cadence]),
        "hour": str(dice.randrange(24)),
    }
    return parse_preferences(given, app.files.vocabulary)


def _write_paths(
    folder: Path, app: App, readers: Sequence[Subscriber], asked: dict[int, int]
) -> None:
    """Write the addresses that are asked for, one a line."""
    links, numbers = LinkSigner(app.settings.keys), TokenSigner(app.settings.keys)
    edition = app.editions.foresee(None).edition
    papers = [one.paper.id for one in edition.candidates[:VOTED]]
    paths: dict[str, list[str]] = {"home": ["/"], "preferences": [], "leave": [], "vote": []}
    paths["confirm"] = []
    for one in readers:
        if one.id in asked:
            token = numbers.sign(TokenPurpose.CONFIRM, one.id, asked[one.id], one.nonce)
            paths["confirm"].append(f"/c/{token}")
            continue
        token = links.mail_token(one.id, one.nonce, edition.date)
        paths["preferences"].append(f"/p/{links.token(Purpose.PREFERENCES, one.id, one.nonce)}")
        paths["leave"].append(f"/u/{token}")
        paths["vote"].append(f"/more/{token}/{papers[one.id % VOTED]}")
    for name, lines in paths.items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines))
    (folder / "turns.lua").write_text(SCRIPT)


def _app(environment: dict[str, str]) -> App:
    given = {name.removeprefix("DIGEST_").lower(): text for name, text in environment.items()}
    return build_app(load_settings(**given))


def _show_mails(environment: dict[str, str]) -> None:
    """Print what became of the mails that the presses brought."""
    app = _app(environment)
    with app.database.read() as session:
        query = select(OutboxRow.kind, OutboxRow.state, func.count())
        rows = session.execute(query.group_by(OutboxRow.kind, OutboxRow.state)).all()
    app.database.close()
    states = Counter({f"{kind.value} {state.value}": count for kind, state, count in rows})
    print("mails: ", ", ".join(f"{what} {count:,}" for what, count in sorted(states.items())))


@contextmanager
def started(arguments: list[str], environment: dict[str, str] | None = None) -> Iterator[int]:
    """Run a server of ours and give its port, which it prints first."""
    with started_ports(arguments, environment, count=1) as (port,):
        yield port


@contextmanager
def started_ports(
    arguments: list[str], environment: dict[str, str] | None, *, count: int
) -> Iterator[list[int]]:
    """Run a server of ours and give its ports, each of which it prints at the end of a line."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(count)]
        yield [int(re.findall(r"\d+", one)[-1]) for one in said]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


if __name__ == "__main__":
    main()
