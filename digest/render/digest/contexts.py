"""The variables of the digest's templates.

`Renderer` passes placeholders for what is personal. Tests pass the real values and leave the rest
to Jinja2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from digest.ground.languages.language import ENGLISH, Language
from digest.ground.text.plain_text import clean, shorten
from digest.model import Candidate, Edition, Letterhead
from digest.render.cards import make_card, shown_title
from digest.render.destinations import page_links, paper_links
from digest.render.digest import wording
from digest.render.digest.standing import standing
from digest.render.theme import SHIPPED, Theme

_SHORT_TITLE = 90  # characters of a title in the list of contents

Summarise = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper as a card shows it: clean texts of bounded length."""

    id: int
    title: str
    short_title: str


@dataclass(frozen=True, slots=True)
class Contexts:
    """Makes the variables of each template.

    personal: every personal text and token (see PERSONAL), as it will be shown.
    """

    edition: Edition
    letterhead: Letterhead
    topic_names: Mapping[str, str]
    summarise: Summarise
    language: Language = ENGLISH
    theme: Theme = SHIPPED

    def subject(self, personal: Mapping[str, str]) -> dict[str, Any]:
        """Return the variables of subject.txt."""
        return {
            "name": clean(self.letterhead.name),
            "date": wording.short_date(self.edition.date, self.language),
            "papers": personal["papers"],
            "about": personal["about"],
        }

    def body(
        self, personal: Mapping[str, str], *, contents: Markup, sections: Markup, more: Markup
    ) -> dict[str, Any]:
        """Return the variables of body.html and body.txt."""
        shown = ("subject", "preview", "topics", "schedule", "address", "papers")
        return {
            "name": clean(self.letterhead.name),
            "date": wording.long_date(self.edition.date, self.language),
            "language": self.language,
            "theme": self.theme,
            "postal_address": [clean(line) for line in self.letterhead.postal_address.splitlines()],
            "links": self._pages(personal),
            "contents": contents,
            "sections": sections,
            "more": more,
            **{name: personal[name] for name in shown},
        }

    def section(
        self, personal: Mapping[str, str], *, cards: Markup, addresses: Markup
    ) -> dict[str, Any]:
        """Return the variables of section.html and section.txt."""
        return {"title": personal["title"], "cards": cards, "addresses": addresses}

    def card(self, candidate: Candidate, personal: Mapping[str, str]) -> dict[str, Any]:
        """Return the variables of card.html, card.txt and addresses.txt."""
        paper = candidate.paper
        card = make_card(paper, self.letterhead.base_url, self.summarise, self.language)
        return {
            **self.contents_line(candidate, personal),
            "summary": card.summary,
            "standing": standing(candidate.trend, self.language),
            "votes": wording.votes_text(candidate.trend, self.language),
            "topic_names": [
                wording.topic_name(slug, self.topic_names, self.language) for slug in card.topics
            ],
            "reason": personal["reason"],
            "link_text": wording.paper_link_text(self.language, known=bool(paper.url)),
            "links": paper_links(paper, self.letterhead.base_url, personal["vote"]),
        }

    def contents_line(self, candidate: Candidate, personal: Mapping[str, str]) -> dict[str, Any]:
        """Return the variables of contents_line.html and contents_line.txt."""
        title = self.title_of(candidate)
        view = PaperView(candidate.paper.id, title, shorten(title, _SHORT_TITLE))
        return {"paper": view, "number": personal["number"]}

    def more(self, personal: Mapping[str, str]) -> dict[str, Any]:
        """Return the variables of more.html and more.txt."""
        return {"rest": personal["rest"], "links": self._pages(personal)}

    def title_of(self, candidate: Candidate) -> str:
        """Return the title as it is shown, never empty."""
        return shown_title(candidate.paper, self.language)

    def _pages(self, personal: Mapping[str, str]) -> object:
        return page_links(
            self.letterhead.base_url,
            self.edition.date,
            unsubscribe=personal["unsubscribe"],
            preferences=personal["preferences"],
            view=personal["view"],
        )
