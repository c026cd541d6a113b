"""Papers as they are shown: clean texts of bounded length, addresses safe to link."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from digest.ground.languages.language import ENGLISH, Language
from digest.ground.languages.marking import N_
from digest.ground.text.plain_text import clean, shorten
from digest.ground.text.tex import readable
from digest.model import Paper
from digest.render.destinations import code_text, first_shown, project_text, shown_address

_TITLE = 300
_SUMMARY = 360
_TOPICS = 3
_AUTHOR = 80  # characters of a name
_NAMED = 3  # authors on a card; of four, two are named


@dataclass(frozen=True, slots=True)
class Card:
    """A paper as it is shown.

    url: where its title leads. authors: the first of them, and how many more; empty if unknown.
    code, project: empty if unknown; code_text, project_text: what to show them as. topics: slugs,
    the surest first. claim, note: the editors' words on it; empty mostly.
    """

    id: int
    title: str
    authors: str
    summary: str
    url: str
    code: str
    code_text: str
    project: str
    project_text: str
    topics: tuple[str, ...]
    claim: str = ""
    note: str = ""


def make_card(
    paper: Paper,
    base_url: str,
    summarise: Callable[[str, str], str],
    language: Language = ENGLISH,
) -> Card:
    """Return a paper's card, the same in mails, pages, feeds and the API.

    base_url: before the path of our own pages. summarise: makes a summary of a title and an
    abstract, for a paper that has none.
    """
    summary = clean(readable(paper.summary))
    surest = sorted(paper.topics, key=lambda slug: -paper.topics[slug])
    code, project = first_shown(paper.code_urls), first_shown(paper.project_urls)
    return Card(
        id=paper.id,
        title=shown_title(paper, language),
        authors=short_authors(paper.authors, language),
        summary=shorten(
            summary or clean(summarise(clean(paper.title), clean(paper.abstract))), _SUMMARY
        ),
        url=shown_address(paper, base_url),
        code=code,
        code_text=code_text(code),
        project=project,
        project_text=project_text(project),
        topics=tuple(surest[:_TOPICS]),
    )


def shown_title(paper: Paper, language: Language = ENGLISH) -> str:
    """Return a paper's title as it is shown, never empty."""
    title = shorten(clean(readable(paper.title)), _TITLE)
    return title or language.gettext(N_("A paper without a title"))


def shown_names(names: Iterable[str]) -> list[str]:
    """Return names of people or places as they are shown, those that have something to show."""
    shown = (shorten(clean(readable(name)), _AUTHOR) for name in names)
    return [name for name in shown if name]


def short_authors(names: Iterable[str], language: Language = ENGLISH) -> str:
    """Return "A. Ode, B. Elm and 3 more": at most three names; empty when there is none."""
    shown = shown_names(names)
    if len(shown) > _NAMED:
        together = ", ".join(shown[: _NAMED - 1])
        more = len(shown) - _NAMED + 1
        return language.ngettext(
            "%(names)s and %(count)s more", "%(names)s and %(count)s more", more, names=together
        )
    if len(shown) < 2:
        return "".join(shown)
    together = ", ".join(shown[:-1])
    return language.gettext("%(names)s and %(last)s", names=together, last=shown[-1])
