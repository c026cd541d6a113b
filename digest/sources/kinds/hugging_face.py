"""Hugging Face Daily Papers: a JSON list with votes, arXiv ids, repositories and project pages.

The shape is that of https://huggingface.co/api/daily_papers?date=2026-11-20: a list of objects
that have the paper's own fields under "paper". When a paper was put on the list is its
`submittedOnDailyAt`; where the answer has papers of other days (an unknown date is answered with
the newest list), these are no part of the list that was asked for.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar

from digest.errors import DumpError
from digest.papers.dumps import Entry, Refusal
from digest.papers.dumps.entries import Listed, entry_of, whole_number, words
from digest.sources.kinds.authors import names
from digest.sources.kinds.charset import decode, mend_controls
from digest.sources.kinds.dates import read_day
from digest.sources.kinds.source import (
    PAGE_LENGTH,
    Page,
    Received,
    Request,
    WebAddress,
    WebSource,
    follow,
    split,
    with_query,
)

_LONGEST_SHOWN = 60  # characters of a date


class HuggingFace(WebSource):
    """Daily Papers: a list a day, whose votes grow after it."""

    kind: ClassVar[str] = "hugging-face"
    is_ranked: ClassVar[bool] = True
    ranks_by_votes: ClassVar[bool] = True

    url: WebAddress = "https://huggingface.co/api/daily_papers"

    def requests(self, on: date) -> list[Request]:
        """Return one request for each day of the window."""
        return [self._request(day, 0) for day in self.days(on)]

    def read(self, request: Request, answer: Received) -> Page:
        """Return a page of the list; a full one is followed by the next."""
        following = self._request(request.day, request.start + PAGE_LENGTH)
        page = parse(answer, day=request.day)
        return follow(page, following, max_entries=self.max_entries)

    def _request(self, day: date, start: int) -> Request:
        page = {"p": str(start // PAGE_LENGTH)} if start else {}  # pages count from 0
        query = {"date": day.isoformat(), "limit": str(PAGE_LENGTH), **page}
        return Request(with_query(self.url, query), day, start)


def parse(answer: Received, *, day: date) -> Page:
    """Return a page of the list of `day`, as listed; DumpError for what is no such list."""
    try:
        records = json.loads(decode(answer.body, answer.charset))
    except (ValueError, RecursionError) as exc:
        raise DumpError(f"the answer is not JSON: {str(exc)[:200]}") from None
    if not isinstance(records, list):
        raise DumpError("the answer is not a list of papers")
    numbered = list(enumerate(records, 1))
    inside = [(line, one) for line, one in numbered if _is_of(one, day)]
    entries, refusals = split([_part(line, record) for line, record in inside])
    return Page(entries, refusals, day, outside=len(numbered) - len(inside))


def _paper(record: Any) -> Mapping[str, Any]:
    paper = record.get("paper") if isinstance(record, Mapping) else None
    return paper if isinstance(paper, Mapping) else {}


def _is_of(record: Any, day: date) -> bool:
    """Whether a paper came to the list on a day (UTC), or might have: `_part` looks closer."""
    written = words(_paper(record).get("submittedOnDailyAt"))
    return not written or read_day(written) in (None, day)


def _part(line: int, record: Any) -> Entry | Refusal:
    paper = _paper(record)
    if not paper:
        return Refusal(line, "not an object that holds a paper")
    written = words(paper.get("submittedOnDailyAt"))
    if written and read_day(written) is None:
        return Refusal(line, f"its date, {written[:_LONGEST_SHOWN]!r}, cannot be read")
    outer: Mapping[str, Any] = record
    listed = Listed(
        title=mend_controls(words(paper.get("title")) or words(outer.get("title"))),
        abstract=mend_controls(words(paper.get("summary")) or words(outer.get("summary"))),
        votes=whole_number(paper.get("upvotes")),
        names=(words(paper.get("id")),),
        links=(words(paper.get("githubRepo")), words(paper.get("projectPage"))),
        authors=names(_author_names(paper)),
        stars=whole_number(paper.get("githubStars")),
    )
    return entry_of(listed, line=line, rank=line)


def _author_names(paper: Mapping[str, Any]) -> Iterator[str]:
    authors = paper.get("authors")
    for author in authors if isinstance(authors, list) else []:
        if isinstance(author, Mapping):
            yield words(author.get("name"))
