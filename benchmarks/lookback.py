"""A look back on 30 days before subscribing: how long the page takes, and what it keeps in memory.

    python -m benchmarks.lookback [--papers 100] [--looks 200] [--papers-file daily-papers.jsonl.gz]

The pages in this process on a real port, SQLite, 30 open editions. Each look asks for other topics
and phrases, so that no answer is at hand: up to four topics, up to three phrases of two words that
stand side by side in a title. papers-file: take titles and abstracts from JSON lines.
"""

import argparse
import gzip
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event

import httpx

from benchmarks.service import KEY
from digest.app import App, build_app
from digest.delivery.forecast.lookback import DAYS
from digest.papers import ingest
from digest.settings import load_settings
from digest.web.limits import Rate, Rates
from digest.web.pages import make_site
from tests.dumps import make_dump
from tests.web.serving import serving

LAST = date(2026, 11, 19)
NO_LIMIT = Rate(burst=1_000_000, seconds_each=0.001)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=100)
    parser.add_argument("--looks", type=int, default=200)
    parser.add_argument("--papers-file", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        app = prepare(Path(name), asked.papers, asked.papers_file)
        pages = make_site(app, Rates(preview_visitor=NO_LIMIT, preview_overall=NO_LIMIT))
        before, started = resident_mb(), time.perf_counter()
        pages.state.site.lookbacks.prepare(Event())
        print(
            f"{time.perf_counter() - started:.1f} s and {resident_mb() - before:.0f} MB to prepare"
        )
        with serving(pages) as address:
            took = list(look(app, address, asked.looks))
        print(f"{resident_mb() - before:.0f} MB after {asked.looks} looks")
        for name, each in zip(("by the clock", "of CPU"), zip(*took, strict=True), strict=True):
            print(f"{name}: {told(sorted(each))}")
        app.database.close()


def prepare(folder: Path, size: int, file: Path | None) -> App:
    """Return a service with 30 open editions of at most `size` papers."""
    settings = load_settings(
        database_url=f"sqlite:///{folder / 'digest.db'}",
        secret_key=KEY,
        edition_size=size,
    )
    app = build_app(settings, clock=lambda: datetime(2026, 11, 19, 12, tzinfo=UTC))
    app.init()
    days = [LAST - timedelta(days=ago) for ago in reversed(range(DAYS))]
    for day, text in zip(days, dumps(days, file), strict=False):
        dump = folder / f"{day}.txt"
        dump.write_text(text, encoding="utf-8")
        classify = app.files.classifier.classify
        ingest.ingest(app.database, [dump], now=app.clock(), given=day, classify=classify)
        app.editions.open(day)
    return app


def dumps(days: list[date], file: Path | None) -> Iterator[str]:
    """Yield a dump of a hundred papers for each day."""
    if file is None:
        for number, day in enumerate(days):
            yield make_dump(100, day, seed=number, sentences=6)
        return
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    for number, day in enumerate(days):
        some = papers[number * 100 : number * 100 + 100]
        texts = [" ".join(one[part].split()) for one in some for part in ("title", "abstract")]
        yield "\n\n".join(["new", "Subscribe", f"{day:%b} {day.day}", *texts])


def told(milliseconds: Sequence[float]) -> str:
    """Say how long it took; they are in growing order."""
    median, p95 = (milliseconds[int(len(milliseconds) * part)] for part in (0.5, 0.95))
    return f"median {median:.0f} ms, 95 % {p95:.0f} ms, worst {milliseconds[-1]:.0f} ms"


def look(app: App, address: str, count: int) -> Iterator[tuple[float, float]]:
    """Yield how many milliseconds each look took: by the clock, and of this process's CPU."""
    chance, topics = random.Random(1), [*app.files.topic_names]
    titles = [one.paper.title for one in app.editions.open(LAST).edition.candidates]
    with httpx.Client(base_url=address, timeout=60) as client:
        for _ in range(count):
            words = [chance.choice(titles).split() for _ in range(chance.randint(0, 3))]
            starts = [chance.randrange(max(1, len(each) - 1)) for each in words]
            phrases = [" ".join(each[at : at + 2]) for each, at in zip(words, starts, strict=True)]
            wanted = {"topic": chance.sample(topics, chance.randint(0, 4)), "interests": phrases}
            began, busy = time.perf_counter(), time.process_time()
            client.get("/preview", params=wanted)
            yield 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - busy)


def resident_mb() -> float:
    """How much memory this process takes."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096 / 1e6


if __name__ == "__main__":
    main()
