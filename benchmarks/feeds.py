"""Our reader of feeds beside feedparser 6, on files that other programs are tested with.

    python -m benchmarks.feeds FOLDER...

FOLDER has feeds, such as the test files of feedparser, feed-rs, gofeed, rss-parser and rome, which
are not part of this repository. For each item both readers say title, address, day, authors and
text. `same`: both say the same; `ours`, `theirs`: only that reader says something; `differ`: they
say different things, which --show lists. Then the speed on a feed of 5,000 items, in seconds of
CPU, and on input that was made to be slow.
"""

import argparse
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

import feedparser

from digest.errors import DumpError
from digest.sources.kinds.authors import names, split_names
from digest.sources.kinds.dates import read_days
from digest.sources.kinds.feeds import LAST_TEXTS, TEXTS, TITLES
from digest.sources.kinds.xml_feeds import read_feed
from digest.sources.kinds.xml_feeds.items import Item
from digest.sources.kinds.xml_feeds.markup import plain

_SUFFIXES = {".xml", ".rss", ".atom", ".rdf"}
_HEADER = re.compile(r"^\s*Header:\s*([\w-]+):\s*(.+?)\s*$", re.MULTILINE)  # of feedparser's tests
_ADDRESS = "http://127.0.0.1:8097/feed"
_FIELDS = ("title", "address", "day", "authors", "text")


@dataclass(frozen=True)
class Said:
    """What a reader says of one item."""

    title: str
    address: str
    day: str
    authors: str
    text: str


def main() -> None:
    """Compare the readers, then measure them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--show", action="store_true", help="list what differs")
    options = parser.parse_args()
    for folder in options.folders:
        compare(folder, show=options.show)
    measure()


def compare(folder: Path, *, show: bool) -> None:
    """Read every feed of a folder with both readers and print how often they agree."""
    counts: Counter[tuple[str, str]] = Counter()
    files = [one for one in sorted(folder.rglob("*")) if one.suffix in _SUFFIXES and one.is_file()]
    for file in files:
        body = file.read_bytes()
        headers = _headers(body)
        mine, theirs = _ours(body, headers), _feedparsers(body, headers)
        counts["files", _kind(mine, theirs)] += 1
        for place, (one, other) in enumerate(zip_longest(mine or [], theirs or [])):
            for field in _FIELDS:
                a = getattr(one, field) if one else ""
                b = getattr(other, field) if other else ""
                verdict = _verdict(a, b)
                counts[field, verdict] += bool(verdict)
                if show and verdict in ("differ", "theirs"):
                    print(f"{verdict} {file.relative_to(folder)}[{place}].{field}: {a!r} {b!r}")
    print(f"\n{folder.name}: {len(files):,} files")
    for field in ("files", *_FIELDS):
        words = ("same", "ours", "theirs", "differ")
        print(f"{field:8}", *(f"{word} {counts[field, word]:5,} " for word in words))


def _kind(mine: list[Said] | None, theirs: list[Said] | None) -> str:
    """Compare the numbers of items."""
    a, b = len(mine or []), len(theirs or [])
    return "same" if a == b else "ours" if not b else "theirs" if not a else "differ"


def _verdict(a: str, b: str) -> str:
    if a == b:
        return "same" if a else ""
    return "ours" if not b else "theirs" if not a else "differ"


def _headers(body: bytes) -> dict[str, str]:
    found = {name.lower(): value for name, value in _HEADER.findall(body[:2000].decode("latin-1"))}
    return {"content-type": "application/xml", "content-location": _ADDRESS, **found}


def _ours(body: bytes, headers: dict[str, str]) -> list[Said] | None:
    charset = re.search(r"charset=[\"']?([\w.:-]+)", headers["content-type"])
    address = headers["content-location"]
    try:
        feed = read_feed(body, charset[1] if charset else "", address)
    except DumpError:
        return None
    return [_said(item) for item in feed.items]


def _said(item: Item) -> Said:
    text = item.longest(*TEXTS) or item.longest(*LAST_TEXTS)
    days = next((found for one in item.dates if (found := read_days(one))), ())
    day = days[0].first.isoformat() if days else ""
    return Said(_line(item.plain(*TITLES)), item.link, day, "; ".join(item.authors), _line(text))


def _feedparsers(body: bytes, headers: dict[str, str]) -> list[Said] | None:
    try:
        found = feedparser.parse(
            body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as exc:
        print(f"feedparser: {exc!r}")
        return None
    return [_theirs(entry) for entry in found.entries]


def _theirs(entry: Any) -> Said:
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    moment = moment or entry.get("created_parsed")
    texts = [
        {"value": entry.get("summary", ""), **entry.get("summary_detail", {})},
        *entry.get("content", []),
    ]
    people = [one.get("name", "") for one in entry.get("authors", [])]
    title = {"value": entry.get("title", ""), **entry.get("title_detail", {})}
    return Said(
        _plain(title),
        entry.get("link", ""),
        date(*moment[:3]).isoformat() if moment else "",
        "; ".join(names(split_names(people[0]) if len(people) == 1 else people)),
        max(map(_plain, texts), key=len, default=""),
    )


def _plain(detail: dict[str, str]) -> str:
    value = detail.get("value") or ""
    return _line(value if detail.get("type") == "text/plain" else plain(value))


def _line(text: str) -> str:
    return " ".join(text.split())


def _feed(items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>J</title>{items}</channel></rss>".encode()


def _inputs() -> Iterator[tuple[str, bytes]]:
    item = (
        "<item><title>Kettles {0}</title><link>https://journal.example.org/{0}</link>"
        "<pubDate>Sat, 28 Nov 2026 06:00:00 +0000</pubDate>"
        "<description>We measure how long ninety kettles take to boil.</description>{1}</item>"
    )
    items = "".join(item.format(number, "") for number in range(5_000))
    yield "5,000 items", _feed(items)
    yield "5,000 items and a bare &", _feed(items + "&")
    for count in (10_000, 20_000):
        yield f"author, {count:,} letters", _feed(item.format(1, f"<author>{'a' * count}</author>"))
        categories = "".join(f"<category>{number}</category>" for number in range(count))
        yield f"{count:,} categories", _feed(item.format(1, categories))
        yield f"{count:,} deep", _feed("<a>" * count + "</a>" * count)
        yield f"{count:,} open brackets", _feed("<" * count)


def measure() -> None:
    """Print the CPU seconds of both readers."""
    print(f"\n{'':26} {'ours':>8} {'feedparser':>11}")
    for name, body in _inputs():
        mine, theirs = _seconds(_ours, body), _seconds(_feedparsers, body)
        print(f"{name:26} {mine:8.3f} {theirs:11.3f}")


def _seconds(read: Callable[[bytes, dict[str, str]], object], body: bytes) -> float:
    began = time.process_time()
    read(body, _headers(b""))
    return time.process_time() - began


if __name__ == "__main__":
    main()
