"""Papers as the pages show them: clean texts of bounded length, addresses safe to link."""

from collections.abc import Callable
from dataclasses import dataclass

from digest.ground.text.plain_text import clean, shorten
from digest.ground.text.tex import readable
from digest.model import Paper
from digest.render.destinations import search_address, web_address

_TITLE = 300
_SUMMARY = 360
_TOPICS = 3


@dataclass(frozen=True, slots=True)
class Card:
    """A paper as a page shows it. code, project: empty if unknown. topics: slugs."""

    id: int
    title: str
    summary: str
    url: str
    code: str
    project: str
    topics: tuple[str, ...]


def make_card(paper: Paper, search_url: str, summarise: Callable[[str, str], str]) -> Card:
    """Return a paper's card; one without an address is looked up by its title (see destinations).

    summarise: makes a summary of a title and an abstract.
    """
    return Card(
        id=paper.id,
        title=shorten(clean(readable(paper.title)), _TITLE) or "A paper without a title",
        summary=shorten(clean(readable(paper.summary)), _SUMMARY)
        or clean(summarise(paper.title, paper.abstract)),
        url=web_address(paper.url) or search_address(paper.title, search_url),
        code=next(filter(None, map(web_address, paper.code_urls)), ""),
        project=next(filter(None, map(web_address, paper.project_urls)), ""),
        topics=tuple(paper.topics)[:_TOPICS],
    )
