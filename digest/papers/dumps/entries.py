"""Turn one record of a list, in whatever format, into an entry or a reason to refuse it."""

from dataclasses import dataclass
from typing import Any

from digest.papers.dumps.authors import bounded
from digest.papers.dumps.parts import Entry, Refusal, reason_to_refuse
from digest.papers.rules.identifiers import identifiers, page
from digest.papers.rules.references import harvest
from digest.papers.rules.web_addresses import web_address
from digest.papers.rules.withdrawals import notice_of

_MOST_VOTES = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says about one paper, unchanged.

    names: texts that may be identifiers, or links to a page that has one in its address. links:
    addresses of code and project, unsorted. url: the paper's page where no identifier tells it.
    comment: what the authors say of the paper beside its abstract. authors, affiliations: names,
    each as it is written. stars: of the code.
    """

    title: str
    abstract: str
    votes: int | None = None
    names: tuple[str, ...] = ()
    url: str = ""
    links: tuple[str, ...] = ()
    comment: str = ""
    authors: tuple[str, ...] = ()
    affiliations: tuple[str, ...] = ()
    stars: int | None = None


def entry_of(listed: Listed, *, line: int, rank: int) -> Entry | Refusal:
    """Return the entry; a refusal if title or abstract are missing, too long or not text."""
    title, abstract = " ".join(listed.title.split()), " ".join(listed.abstract.split())
    abstract = notice_of(title, abstract, " ".join(listed.comment.split())) or abstract
    if not title or not abstract:
        return Refusal(line, f"no {'abstract' if title else 'title'}")
    if reason := reason_to_refuse(title, abstract):
        return Refusal(line, reason)
    known = identifiers(*listed.names, listed.url)
    references = harvest(" ".join(listed.links))
    byline = bounded(listed.authors, listed.affiliations)
    return Entry(
        line,
        rank,
        title,
        abstract,
        listed.votes,
        known,
        page(known) or web_address(listed.url),
        references.code_urls,
        references.project_urls,
        byline.authors,
        byline.affiliations,
        listed.stars,
    )


def words(value: Any) -> str:
    """Return a JSON value that is a text; empty for any other."""
    return value if isinstance(value, str) else ""


def texts(value: Any) -> tuple[str, ...]:
    """Return the texts in a JSON list; nothing for any other value."""
    return tuple(filter(None, map(words, value))) if isinstance(value, list) else ()


def whole_number(value: Any) -> int | None:
    """Return a JSON value that is a count the database can hold; None for any other."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_VOTES:
        return None
    return value
