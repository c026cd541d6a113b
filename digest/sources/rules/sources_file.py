"""The operator's file of live sources: TOML with one [[source]] each (docs/use/sources.md)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from digest.errors import InputError


class Kind(StrEnum):
    """What a source speaks."""

    HUGGING_FACE = "hugging-face"
    ARXIV_API = "arxiv-api"
    ARXIV_RSS = "arxiv-rss"
    FEED = "feed"
    JSON_LINES = "json-lines"


@dataclass(frozen=True, slots=True)
class Source:
    """One live source.

    url: where it is; for json-lines a file has its path instead. query: what arXiv is asked for,
    categories for arxiv-rss ("cs.CL+cs.LG"), a search for arxiv-api ("cat:cs.CL").
    every_minutes: how often it is asked. window_days: how far back a fetch looks.
    silent_after_days: without anything new for so long, something is wrong.
    max_entries: of one list; what comes behind is left out.
    """

    name: str
    kind: Kind
    url: str = ""
    path: str = ""
    query: str = ""
    every_minutes: int = 120
    window_days: int = 2
    silent_after_days: int = 4
    max_entries: int = 1000

    @property
    def host(self) -> str:
        """Whom it asks, empty for a file: sources of one host are asked one after another.

        All of arXiv counts as one, as its terms of use do (info.arxiv.org/help/api/tou).
        """
        if self.is_arxiv:
            return "arxiv.org"
        return urlsplit(self.url).hostname or ""

    @property
    def is_arxiv(self) -> bool:
        """Whether it is asked by the rules of arXiv."""
        return self.kind in (Kind.ARXIV_API, Kind.ARXIV_RSS)

    @property
    def is_ranked(self) -> bool:
        """Whether the order of its lists says what people like."""
        return self.kind in (Kind.HUGGING_FACE, Kind.JSON_LINES)

    @property
    def is_ranked_by_votes(self) -> bool:
        """Whether the papers with most votes come first, however the source lists them."""
        return self.kind is Kind.HUGGING_FACE

    @property
    def rolls(self) -> bool:
        """Whether its list is simply the newest of all, so that entries stay for days."""
        return self.kind is Kind.FEED


_DEFAULTS: Mapping[Kind, Mapping[str, Any]] = {
    Kind.HUGGING_FACE: {"url": "https://huggingface.co/api/daily_papers"},
    Kind.ARXIV_API: {
        "url": "https://export.arxiv.org/api/query",
        "every_minutes": 360,
        "window_days": 4,  # a Friday's papers are announced on Sunday evening
    },
    Kind.ARXIV_RSS: {"url": "https://rss.arxiv.org/rss", "every_minutes": 360},
    Kind.FEED: {"window_days": 7, "silent_after_days": 14},
    Kind.JSON_LINES: {},
}
_RANGES = {
    "every_minutes": (1, 10_080),
    "window_days": (1, 31),
    "silent_after_days": (1, 366),
    "max_entries": (1, 5_000),
}
_TEXTS = ("name", "kind", "url", "path", "query")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_HEAD = re.compile(r"^\s*\[\[\s*source\s*\]\]", re.MULTILINE)
_CATEGORIES = re.compile(r"[A-Za-z-]+(\.[A-Za-z-]+)?(\+[A-Za-z-]+(\.[A-Za-z-]+)?)*")


def parse_sources(text: str) -> tuple[Source, ...]:
    """Return the sources in the order of the file; InputError names every mistake, one a line."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise InputError(f"not TOML: {exc}") from None
    lines = [text.count("\n", 0, head.end()) + 1 for head in _HEAD.finditer(text)]
    records = table.get("source", [])
    problems = [f"{key!r} is not known; sources are written as [[source]]" for key in table]
    problems = [one for one in problems if not one.startswith("'source'")]
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise InputError("sources are written as [[source]], with two brackets")
    sources: list[Source] = []
    for number, record in enumerate(records):
        place = (
            f"line {lines[number]}: " if len(lines) == len(records) else f"source {number + 1}: "
        )
        found = _problems(record)
        if record.get("name") in [source.name for source in sources]:
            found.append(f"a second source with the name {record['name']!r}")
        problems += [place + problem for problem in found]
        if not found:
            sources.append(_source(record))
    if problems:
        raise InputError("\n".join(problems))
    return tuple(sources)


def _source(record: Mapping[str, Any]) -> Source:
    kind = Kind(record["kind"])
    fields = {**_DEFAULTS[kind], **record, "kind": kind}
    if fields.get("path"):
        fields["url"] = ""
    return Source(**fields)


def _problems(record: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with one source, in words."""
    found = [f"{key!r} is not known" for key in record if key not in (*_TEXTS, *_RANGES)]
    found += [f"{key} must be a text" for key in _TEXTS if not isinstance(record.get(key, ""), str)]
    for key, (least, most) in _RANGES.items():
        value = record.get(key, least)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            found.append(f"{key} must be a whole number from {least:,} to {most:,}")
    if found:
        return found
    if not _NAME.fullmatch(record.get("name", "")):
        found.append("name must be of small letters, digits, and . _ - (64 at most)")
    if record.get("kind") not in list(Kind):
        return [*found, f"kind must be one of {', '.join(Kind)}"]
    return found + _problems_of_kind(Kind(record["kind"]), record)


def _problems_of_kind(kind: Kind, record: Mapping[str, Any]) -> list[str]:
    found = []
    url, path, query = (record.get(key, "") for key in ("url", "path", "query"))
    if url and not _is_web_address(url):
        found.append("url must be an http or https address without user and password")
    if path and (url or kind is not Kind.JSON_LINES):
        found.append("path is for json-lines alone, and instead of url")
    if not url and not path and "url" not in _DEFAULTS[kind]:
        found.append("url is missing" + (", or path" if kind is Kind.JSON_LINES else ""))
    needs_query = kind in (Kind.ARXIV_API, Kind.ARXIV_RSS)
    if needs_query and not query.strip():
        found.append("query is missing: what to ask arXiv for")
    elif needs_query and kind is Kind.ARXIV_RSS and not _CATEGORIES.fullmatch(query):
        found.append("query must be categories such as cs.CL+cs.LG")
    elif query and not needs_query:
        found.append("query is for arXiv alone")
    return found


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url
    return (
        plain and parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    )
