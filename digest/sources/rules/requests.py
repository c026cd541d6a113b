"""What to ask a source for, and how to read what it answers."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from digest.papers.dumps import Entry, Header, Refusal, json_lines
from digest.sources.kinds import arxiv, feeds, hugging_face
from digest.sources.kinds.page import Page
from digest.sources.rules.sources_file import Kind, Source

_PAGE = 100  # entries that one request asks for, where a list comes in pages


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a list. day: the list's date unless the answer has its own."""

    url: str
    day: date
    start: int = 0


def asks(source: Source, on: date) -> list[Ask]:
    """Return the first request of each list that a fetch on a date brings, the oldest first.

    Where a source has a list a day, whose votes grow after it, the last `window_days` are asked
    for; the others have one list, that of now.
    """
    if source.kind in (Kind.HUGGING_FACE, Kind.ARXIV_API):
        days = [on - timedelta(days=back) for back in reversed(range(source.window_days))]
    else:
        days = [on]
    return [_ask(source, day) for day in days]


def read(source: Source, ask: Ask, body: bytes) -> Page:
    """Return what an answer holds; DumpError for what is no list of the source's kind."""
    match source.kind:
        case Kind.HUGGING_FACE:
            return _with_next(source, ask, hugging_face.parse(body, day=ask.day))
        case Kind.ARXIV_API:
            return _with_next(source, ask, arxiv.parse_api(body, start=ask.start))
        case Kind.ARXIV_RSS:
            return arxiv.parse_rss(body)
        case Kind.FEED:
            return feeds.parse(body, day=ask.day, window_days=source.window_days)
        case Kind.JSON_LINES:
            return _read_lines(body, ask.day)


def following(ask: Ask, page: Page) -> Ask:
    """Return the request of the page after this one."""
    return replace(ask, url=page.next_url, start=ask.start + _PAGE)


def _ask(source: Source, day: date) -> Ask:
    match source.kind:
        case Kind.HUGGING_FACE:
            return Ask(_daily(source, day, 0), day)
        case Kind.ARXIV_API:
            return Ask(_search(source, day, 0), day)
        case Kind.ARXIV_RSS:
            return Ask(f"{source.url.rstrip('/')}/{quote(source.query, safe='+.')}", day)
        case _:
            return Ask(source.url, day)


def _daily(source: Source, day: date, start: int) -> str:
    """The papers of a day; pages count from 0."""
    page = {"p": str(start // _PAGE)} if start else {}
    return _with_query(source.url, {"date": day.isoformat(), "limit": str(_PAGE), **page})


def _search(source: Source, day: date, start: int) -> str:
    """The papers that were submitted on a day (GMT), in the order of their submission."""
    span = f"{day:%Y%m%d}0000 TO {day:%Y%m%d}2359"
    query = {
        "search_query": f"({source.query}) AND submittedDate:[{span}]",
        "start": str(start),
        "max_results": str(min(_PAGE, source.max_entries - start)),
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
    }
    return _with_query(source.url, query)


def _with_next(source: Source, ask: Ask, page: Page) -> Page:
    """A full page is followed by another, until there are `max_entries`."""
    start = ask.start + _PAGE
    full = len(page.entries) + len(page.refusals) + page.outside >= _PAGE
    if not full or start >= source.max_entries:
        return page
    address = _daily if source.kind is Kind.HUGGING_FACE else _search
    return replace(page, next_url=address(source, ask.day, start))


def _read_lines(body: bytes, day: date) -> Page:
    parts = list(json_lines.parse([body], not_after=day, given=day))
    (header,) = (part for part in parts if isinstance(part, Header))
    return Page(
        tuple(part for part in parts if isinstance(part, Entry)),
        tuple(part for part in parts if isinstance(part, Refusal)),
        header.date,
        ranked=header.ranked,
    )


def _with_query(url: str, query: dict[str, str]) -> str:
    parts = urlsplit(url)
    both = {**dict(parse_qsl(parts.query)), **query}
    return urlunsplit(parts._replace(query=urlencode(both)))
