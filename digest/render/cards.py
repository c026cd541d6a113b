"""Papers as they are shown: clean texts of bounded length, addresses safe to link."""

from collections.abc import Callable
from dataclasses import dataclass

from digest.ground.languages.language import ENGLISH, Language
from digest.ground.languages.marking import N_
from digest.ground.text.plain_text import clean, shorten
from digest.ground.text.tex import readable
from digest.model import Paper
from digest.render.destinations import search_address, web_address

_TITLE = 300
_SUMMARY = 360
_TOPICS = 3


@dataclass(frozen=True, slots=True)
class Card:
    """A paper as it is shown. code, project: empty if unknown. topics: slugs, the surest first."""

    id: int
    title: str
    summary: str
    url: str
    code: str
    project: str
    topics: tuple[str, ...]


def make_card(
    paper: Paper,
    search_url: str,
    summarise: Callable[[str, str], str],
    language: Language = ENGLISH,
) -> Card:
    """Return a paper's card, the same in mails, pages, feeds and the API.

    summarise: makes a summary of a title and an abstract, for a paper that has none.
    """
    summary = clean(readable(paper.summary))
    surest = sorted(paper.topics, key=lambda slug: -paper.topics[slug])
    return Card(
        id=paper.id,
        title=shown_title(paper, language),
        summary=shorten(
            summary or clean(summarise(clean(paper.title), clean(paper.abstract))), _SUMMARY
        ),
        url=shown_address(paper, search_url),
        code=next(filter(None, map(web_address, paper.code_urls)), ""),
        project=next(filter(None, map(web_address, paper.project_urls)), ""),
        topics=tuple(surest[:_TOPICS]),
    )


def shown_title(paper: Paper, language: Language = ENGLISH) -> str:
    """Return a paper's title as it is shown, never empty."""
    title = shorten(clean(readable(paper.title)), _TITLE)
    return title or language.gettext(N_("A paper without a title"))


def shown_address(paper: Paper, search_url: str) -> str:
    """Return where a paper is read; one without an address is looked up by its title."""
    return web_address(paper.url) or search_address(paper.title, search_url)
