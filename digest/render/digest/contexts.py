"""The variables of the digest's templates.

`Renderer` passes placeholders for what is personal. Tests pass the real values and leave the rest
to Jinja2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from digest.ground.languages.language import ENGLISH, Language
from digest.ground.text.plain_text import clean
from digest.model import Candidate, Edition, Letterhead
from digest.render.cards import Card, make_card
from digest.render.destinations import page_links, paper_links
from digest.render.digest.paper_facts import PaperFacts
from digest.render.digest.standing import standing
from digest.render.theme import SHIPPED, Theme
from digest.summary.claim import Claim, claim_of, written
from digest.summary.headline import headline

Summarise = Callable[[str, str], str]
_TITLES = (50, 44)  # characters of a paper in the subject, and in the first line of the mail


@dataclass(frozen=True)
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
    replies: bool = False  # whether readers can answer with commands, which name papers by number

    def subject(self, personal: Mapping[str, str]) -> dict[str, Any]:
        """Return the variables of subject.txt."""
        return {"name": clean(self.letterhead.name), "about": personal["about"]}

    def body(self, personal: Mapping[str, str], *, papers: Markup, more: Markup) -> dict[str, Any]:
        """Return the variables of body.html and body.txt."""
        shown = ("subject", "preview", "heading", "picked", "topics", "schedule", "address")
        return {
            "name": clean(self.letterhead.name),
            "home": self.letterhead.base_url,
            "language": self.language,
            "theme": self.theme,
            "postal_address": [clean(line) for line in self.letterhead.postal_address.splitlines()],
            "links": self._pages(personal),
            "replies": self.replies,
            "note": clean(self.edition.note),
            "papers": papers,
            "more": more,
            **{name: personal[name] for name in shown},
        }

    def section(self, personal: Mapping[str, str], *, papers: Markup) -> dict[str, Any]:
        """Return the variables of section.html and section.txt."""
        return {"title": personal["title"], "papers": papers}

    def paper(self, candidate: Candidate, personal: Mapping[str, str]) -> dict[str, Any]:
        """Return the variables of card.html, card.txt, line.html and line.txt."""
        card = self._cards[candidate.paper.id]
        links = paper_links(candidate.paper, self.letterhead.base_url, personal["token"])
        return {
            "paper": card,
            "claim": self._claims[candidate.paper.id],
            "links": links,
            "reason": personal["reason"],
            "facts": personal["facts"],
            "number": personal["number"] if self.replies else "",
            "note": clean(candidate.note),
            "own_claim": clean(candidate.claim),
        }

    def more(self, personal: Mapping[str, str]) -> dict[str, Any]:
        """Return the variables of more.html and more.txt."""
        return {"rest": personal["rest"], "links": self._pages(personal)}

    def facts(self, candidate: Candidate) -> PaperFacts:
        """Return what personal texts say of a paper."""
        card, claim = self._cards[candidate.paper.id], self._claims[candidate.paper.id]
        subject, preview = (headline(claim, limit) or card.title for limit in _TITLES)
        return PaperFacts(
            subject=subject,
            preview=preview,
            standing=standing(candidate.trend, self.language),
            topics=card.topics,
            card_words=len(card.title.split()) + len(card.summary.split()),
            line_words=len(claim.line.split()),
        )

    def shown_as(self, candidate: Candidate) -> tuple[str, str]:
        """Return how a paper is called on its card and in its line."""
        claim = self._claims[candidate.paper.id]
        return self._cards[candidate.paper.id].title, claim.line

    @cached_property
    def _cards(self) -> dict[int, Card]:
        base_url, summarise = self.letterhead.base_url, self.summarise
        return {
            each.paper.id: make_card(each.paper, base_url, summarise, self.language)
            for each in self.edition.candidates
        }

    @cached_property
    def _claims(self) -> dict[int, Claim]:
        return {each.paper.id: self._claim(each) for each in self.edition.candidates}

    def _claim(self, candidate: Candidate) -> Claim:
        paper = candidate.paper
        made = claim_of(self._cards[paper.id].title, clean(paper.abstract))
        return written(clean(candidate.claim), made) if candidate.claim else made

    def _pages(self, personal: Mapping[str, str]) -> object:
        return page_links(
            self.letterhead.base_url,
            token=personal["token"],
            view=personal["view"],
            archive=personal["archive"],
        )
