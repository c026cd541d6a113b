"""Fetch the lists of one source, page by page."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path

from digest.errors import DumpError, FetchError
from digest.papers.dumps import Entry, Refusal
from digest.papers.rules.identity import identity
from digest.sources.http.fetcher import Answer, Fetcher, Validators
from digest.sources.kinds import Request, Source
from digest.sources.rules.source_state import SourceState

_MOST_BYTES = 100_000_000  # of a file


@dataclass(frozen=True, slots=True)
class FetchedList:
    """One list as a source has it now, ranks from 1. ranked: see `Header`."""

    day: date
    entries: tuple[Entry, ...]
    refusals: tuple[Refusal, ...]
    outside: int
    ranked: bool

    @property
    def fingerprint(self) -> str:
        """A SHA-256 in hex of which papers it lists, whatever their order, votes and texts."""
        names = sorted((*one.identifiers, identity(one.title))[0] for one in self.entries)
        return hashlib.sha256("\n".join(names).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fetched:
    """The lists of a source, oldest first; None if nothing changed since the last time."""

    lists: tuple[FetchedList, ...] | None
    url: str
    validators: Validators


def fetch_lists(
    source: Source,
    fetcher: Fetcher,
    *,
    on: date,
    state: SourceState | None,
    before_each: Callable[[], None],
) -> Fetched:
    """Fetch the lists of a source; FetchError or DumpError if none of them can be used.

    state: whose validators are sent along, so that a server can answer that nothing changed; None
    asks for everything. before_each: called before every request.
    """
    wanted = source.requests(on)
    newest = wanted[-1].url
    remembered = Validators()
    if state and state.validated_url == newest:
        remembered = Validators(state.etag, state.last_modified)

    def get(url: str) -> Answer:
        before_each()
        validators = remembered if url == newest else Validators()
        return _get(source, fetcher, url, validators)

    # The newest first: when it is as it was, the others are not asked for.
    answer = get(newest)
    if answer.body is None:
        return Fetched(None, newest, answer.validators)
    lists = [_gather(source, wanted[-1], answer.body, get)]
    for request in reversed(wanted[:-1]):
        lists.append(_gather(source, request, _body(get(request.url)), get))
    return Fetched(tuple(reversed(lists)), newest, answer.validators)


def _get(source: Source, fetcher: Fetcher, url: str, validators: Validators) -> Answer:
    if not source.host:
        return Answer(_read_file(Path(url)))
    spacing = source.spacing_seconds
    return fetcher.get(url, validators=validators, spacing_seconds=spacing, family=source.host)


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            body = file.read(_MOST_BYTES + 1)
    except OSError as exc:
        raise FetchError(f"{path}: {exc.strerror}") from None
    if len(body) > _MOST_BYTES:
        raise FetchError(f"{path}: the file is longer than {_MOST_BYTES / 1e6:,.0f} MB")
    return body


def _body(answer: Answer) -> bytes:
    if answer.body is None:
        raise FetchError("the server answered 304 to a request without conditions")
    return answer.body


def _gather(
    source: Source, request: Request, body: bytes, get: Callable[[str], Answer]
) -> FetchedList:
    """Read a list page by page; DumpError when it has entries and none of them can be used."""
    page = source.read(request, body)
    entries, refusals, outside = [*page.entries], [*page.refusals], page.outside
    day = page.day or request.day
    while page.following and len(entries) < source.max_entries:
        following = page.following
        page = source.read(following, _body(get(following.url)))
        entries += page.entries
        refusals += page.refusals
        outside += page.outside
    if not entries and refusals:
        first = refusals[0]
        raise DumpError(f"none of {len(refusals)} entries can be used: {first.reason}")
    if source.ranks_by_votes:
        entries.sort(key=lambda entry: -(entry.votes or 0))  # stable: else as listed
    numbered = tuple(_numbered(islice(entries, source.max_entries)))
    return FetchedList(day, numbered, tuple(refusals), outside, source.is_ranked and page.ranked)


def _numbered(entries: Iterator[Entry]) -> Iterator[Entry]:
    for rank, entry in enumerate(entries, 1):
        yield replace(entry, rank=rank)
