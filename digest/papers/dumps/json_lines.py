"""Read JSON lines: one paper a line, as an object with title, abstract and optional fields.

The first line may be about the list instead, an object without a title: {"date": "2026-11-20"}.
With "ranked": false there, the order of the lines means nothing.
Fetched lists are stored in this format, so that a file of them can be ingested anywhere.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from digest.errors import DumpError
from digest.papers.dumps.authors import read_byline
from digest.papers.dumps.entries import Listed, entry_of, texts, whole_number, words
from digest.papers.dumps.lines import Line, read_lines
from digest.papers.dumps.parts import Entry, Header, Part, Refusal, YearSource

NAME = "JSON lines"

_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{[ \t]*"')
_VOTES = ("votes", "upvotes")
_STARS = ("stars", "github_stars")
_AUTHORS = ("authors", "author")
_ABSTRACTS = ("abstract", "summary")
_COMMENTS = ("comment", "comments")
_IDENTIFIERS = ("arxiv", "arxiv_id", "doi", "id")


def recognises(first_bytes: bytes) -> bool:
    """Whether a file starts with an object on a line."""
    return _START.match(first_bytes) is not None


def parse(chunks: Iterable[bytes], *, not_after: date, given: date | None = None) -> Iterator[Part]:
    """Yield one Header, then entries and refusals of single lines, rank by line.

    The date is that of the first line, as the list's or as the first paper's; else `given`.
    not_after is of no use here, as dates have years. Raises DumpError for no date and no entry.
    """
    del not_after
    lines = (line for line in read_lines(chunks) if line.text.strip())
    first = next(lines, None)
    about = _read(first) if first else None
    yield _header(about if isinstance(about, Mapping) else {}, given)
    entries = 0
    for rank, line in enumerate(_with(first, about, lines), 1):
        part = _part(line, rank)
        entries += isinstance(part, Entry)
        yield part
    if not entries:
        raise DumpError("no entries: no line is an object with a title and an abstract")


def write(day: date, source: str, entries: Sequence[Entry], *, ranked: bool = True) -> bytes:
    """Return a list in this format, the same bytes for the same list."""
    head = {"date": day.isoformat(), "source": source, **({} if ranked else {"ranked": False})}
    lines = [head, *(_fields(entry) for entry in entries)]
    # Lone surrogates cannot be written as UTF-8, so everything is in ASCII.
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode()


def _fields(entry: Entry) -> dict[str, Any]:
    return {
        "title": entry.title,
        "abstract": entry.abstract,
        **({"votes": entry.votes} if entry.votes is not None else {}),
        **({"identifiers": list(entry.identifiers)} if entry.identifiers else {}),
        **({"url": entry.url} if entry.url else {}),
        **({"code_urls": list(entry.code_urls)} if entry.code_urls else {}),
        **({"project_urls": list(entry.project_urls)} if entry.project_urls else {}),
        **({"authors": list(entry.authors)} if entry.authors else {}),
        **({"affiliations": list(entry.affiliations)} if entry.affiliations else {}),
        **({"stars": entry.stars} if entry.stars is not None else {}),
    }


def _read(line: Line) -> Any:
    """Return the JSON value of a line; the reason in words if it is not JSON."""
    try:
        return json.loads(line.text)
    except (ValueError, RecursionError) as exc:
        return f"not JSON: {exc}"


def _header(about: Mapping[str, Any], given: date | None) -> Header:
    written = words(about.get("date"))
    ranked = about.get("ranked") is not False
    if written:
        try:
            return Header(date.fromisoformat(written[:10]), YearSource.DUMP, ranked)
        except ValueError:
            raise DumpError(f"{written[:40]!r} is not a date", line=1) from None
    if given is None:
        raise DumpError(
            'line 1 has no date such as {"date": "2026-11-20"}; give the date with --date'
        )
    return Header(given, YearSource.GIVEN, ranked)


def _with(first: Line | None, about: Any, lines: Iterator[Line]) -> Iterator[Line]:
    """Yield the lines that are papers: the first one too unless it is about the list."""
    if first and not (isinstance(about, Mapping) and "title" not in about):
        yield first
    yield from lines


def _part(line: Line, rank: int) -> Entry | Refusal:
    record = _read(line)
    if not isinstance(record, Mapping):
        reason = record if isinstance(record, str) and record.startswith("not JSON") else ""
        return Refusal(line.number, reason or "not an object with a title and an abstract")
    authors = next((found for one in _AUTHORS if (found := record.get(one))), None)
    byline = read_byline(authors, record.get("affiliations"))
    listed = Listed(
        title=words(record.get("title")),
        abstract=_first(record, _ABSTRACTS),
        votes=_count(record, _VOTES),
        names=(
            *texts(record.get("identifiers")),
            *(words(record.get(one)) for one in _IDENTIFIERS),
        ),
        url=words(record.get("url")),
        links=(*texts(record.get("code_urls")), *texts(record.get("project_urls"))),
        comment=_first(record, _COMMENTS),
        authors=byline.authors,
        affiliations=byline.affiliations,
        stars=_count(record, _STARS),
    )
    return entry_of(listed, line=line.number, rank=rank)


def _count(record: Mapping[str, Any], names: Iterable[str]) -> int | None:
    counts = (whole_number(record.get(one)) for one in names)
    return next((count for count in counts if count is not None), None)


def _first(record: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((text for name in names if (text := words(record.get(name)))), "")
