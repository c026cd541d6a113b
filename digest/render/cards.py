"""Papers as the pages show them: clean texts of bounded length, addresses safe to link."""

from dataclasses import dataclass
from functools import lru_cache

from digest.ground.text.plain_text import clean, shorten
from digest.model import Paper
from digest.papers.rules.summary import summarise
from digest.render.destinations import search_address, web_address

_TITLE = 300
_SUMMARY = 320
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


def make_card(paper: Paper, search_url: str) -> Card:
    """Return a paper's card; without an address, it links to a search for the title."""
    return Card(
        id=paper.id,
        title=shorten(clean(paper.title), _TITLE) or "A paper without a title",
        summary=shorten(clean(paper.summary), _SUMMARY) or _summary(paper.title, paper.abstract),
        url=web_address(paper.url) or search_address(paper.title, search_url),
        code=next(filter(None, map(web_address, paper.code_urls)), ""),
        project=next(filter(None, map(web_address, paper.project_urls)), ""),
        topics=tuple(paper.topics)[:_TOPICS],
    )


@lru_cache(maxsize=4096)
def _summary(title: str, abstract: str) -> str:
    return shorten(clean(summarise(title, abstract)), _SUMMARY)
