"""Fetch the lists of one source, page by page. What is bad costs itself and is reported."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path

from digest.errors import DumpError, FetchError
from digest.papers.dumps import Entry, Refusal
from digest.papers.rules.identity import identity
from digest.sources.http.answers import Answer, Validators
from digest.sources.http.fetcher import Fetcher
from digest.sources.kinds import Page, Received, Request, Source
from digest.sources.rules.source_state import SourceState

_MOST_BYTES = 100_000_000  # of a file


@dataclass(frozen=True, slots=True)
class FetchedList:
    """One list as a source has it now, ranks from 1. ranked: see `Header`.

    trouble: why a part of it is missing; empty if none is.
    """

    day: date
    entries: tuple[Entry, ...]
    refusals: tuple[Refusal, ...]
    outside: int
    ranked: bool
    trouble: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """By what its papers are known, sorted: an identifier of each, or its title's identity."""
        return tuple(sorted((*one.identifiers, identity(one.title))[0] for one in self.entries))

    @property
    def fingerprint(self) -> str:
        """A SHA-256 in hex of which papers it lists, whatever their order, votes and texts."""
        return hashlib.sha256("\n".join(self.names).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FailedList:
    """A list that could not be fetched or used, while others of the source could."""

    day: date
    error: FetchError | DumpError


@dataclass(frozen=True, slots=True)
class Fetched:
    """The lists of a source, oldest first; None if nothing changed since the last time."""

    lists: tuple[FetchedList, ...] | None
    url: str
    validators: Validators
    failed: tuple[FailedList, ...] = ()


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
    answers: dict[str, Validators] = {}

    def get(url: str) -> Answer:
        before_each()
        is_first = url == newest and url not in answers
        answer = _get(source, fetcher, url, remembered if is_first else Validators())
        answers[url] = answer.validators
        return answer

    lists: list[FetchedList] = []
    failed: list[FailedList] = []
    # The newest first: when it is as it was, the others are not asked for.
    for request in reversed(wanted):
        try:
            found = _gather(source, request, get)
        except (FetchError, DumpError) as exc:
            failed.append(FailedList(request.day, exc))
            if _is_in_vain(failed):
                break
            continue
        if found is None:
            return Fetched(None, newest, answers[newest])
        lists.append(found)
    if not lists:
        raise failed[0].error
    validators = answers.get(newest, Validators())
    return Fetched(tuple(reversed(lists)), newest, validators, tuple(reversed(failed)))


def _is_in_vain(failed: Sequence[FailedList]) -> bool:
    """Whether asking for more would be: the server wants to be left alone, or is down."""
    errors = [one.error for one in failed if isinstance(one.error, FetchError)]
    return any(one.wait_seconds for one in errors) or sum(one.passing for one in errors) > 1


def _get(source: Source, fetcher: Fetcher, url: str, validators: Validators) -> Answer:
    if not source.host:
        return Answer(_read_file(Path(url)))
    spacing = source.spacing_seconds
    try:
        return fetcher.get(url, validators=validators, spacing_seconds=spacing, family=source.host)
    except FetchError as exc:
        said = source.explain(Received(exc.body)) if exc.body else ""
        raise _with_words(exc, said) if said else exc from None


def _with_words(error: FetchError, said: str) -> FetchError:
    return FetchError(
        f"{error}: {said}",
        hint=error.hint,
        passing=error.passing,
        wait_seconds=error.wait_seconds,
    )


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            body = file.read(_MOST_BYTES + 1)
    except OSError as exc:
        raise FetchError(f"{path}: {exc.strerror}") from None
    if len(body) > _MOST_BYTES:
        raise FetchError(f"{path}: the file is longer than {_MOST_BYTES / 1e6:,.0f} MB")
    return body


def _read(source: Source, request: Request, get: Callable[[str], Answer]) -> Page | None:
    """Fetch and read a page; None if it has not changed. What cannot be read is fetched twice."""
    for last_try in (not source.host, True):
        answer = get(request.url)
        if answer.body is None:
            return None
        try:
            return source.read(request, Received(answer.body, answer.charset, answer.address))
        except DumpError:
            if last_try:
                raise
    raise AssertionError("the last try returns or raises")


def _gather(source: Source, request: Request, get: Callable[[str], Answer]) -> FetchedList | None:
    """Read a list page by page; None if it has not changed.

    What is left of it when a page cannot be had is a list, too. DumpError when it has entries and
    none of them can be used.
    """
    page = _read(source, request, get)
    if page is None:
        return None
    entries, refusals, outside = [*page.entries], [*page.refusals], page.outside
    day, trouble = page.day or request.day, ""
    while page.following and len(entries) < source.max_entries:
        following = page.following
        try:
            found = _read(source, following, get)
        except (FetchError, DumpError) as exc:
            trouble = f"what follows its first {following.start} entries is missing: {exc}"
            break
        page = found or Page(())
        entries += page.entries
        refusals += page.refusals
        outside += page.outside
    if not entries and refusals:
        first = refusals[0]
        raise DumpError(f"none of {len(refusals)} entries can be used: {first.reason}")
    if source.ranks_by_votes:
        entries.sort(key=lambda entry: -(entry.votes or 0))  # stable: else as listed
    numbered = tuple(_numbered(islice(entries, source.max_entries)))
    ranked = source.is_ranked and page.ranked
    return FetchedList(day, numbered, tuple(refusals), outside, ranked, trouble)


def _numbered(entries: Iterator[Entry]) -> Iterator[Entry]:
    for rank, entry in enumerate(entries, 1):
        yield replace(entry, rank=rank)
