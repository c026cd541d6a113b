"""What a paper claims, in one line: "Chimera", "lossless decoding that fuses all tokens".

Made by rule from title and abstract: their own words, in their order, cut only where a clause ends.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.ground.text.plain_text import clean
from digest.ground.text.sentences import sentences
from digest.ground.text.tex import readable
from digest.ground.text.words import LONGEST_TEXT
from digest.summary import told
from digest.summary.casing import Casing, casing_of, started
from digest.summary.cuts import cuts, torn
from digest.summary.deeds import deed_of_title
from digest.summary.headings import Heading, heading_of

LONGEST = 110  # characters of a claim
_LONGEST_TITLE = 400
_MOST_SENTENCES = 25
_LEAST = 24  # characters of a claim that is cut
_ARTICLE = re.compile(r"an?\s(?=\w)", re.IGNORECASE)
_MARK = re.compile(r"[?!.\u2026\uff1f\uff01\u3002]$")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a paper claims.

    name: what people call it, "" if it has no name. text: the claim in one line, at most LONGEST
    characters, beginning with a small letter after a name; "" only if there is no title. title: the
    paper's, in one line. deed: what the named thing does, to be read after the name; "" if unknown.
    """

    name: str
    text: str
    title: str
    deed: str = ""

    @property
    def line(self) -> str:
        """The name and what is claimed: "Chimera: lossless decoding ..."."""
        if not (self.name and self.text):
            return self.name or self.text
        return f"{self.name}{' ' if _MARK.search(self.name) else ': '}{self.text}"


def claim_of(title: str, abstract: str) -> Claim:
    """Return the paper's claim. The title is shown if nothing better is found; never raises."""
    title = clean(readable(clean(title[:_LONGEST_TITLE])))
    if not title:
        return Claim("", "", "")
    abstract = abstract[:LONGEST_TEXT]
    heading = heading_of(title, abstract)
    casing = casing_of(abstract)
    if not heading.vague:
        text = _titled(heading, casing)
        deed = _deed(heading, casing)
        return Claim(heading.name, text or _whole(title), title, deed)
    found = _sentences(abstract)
    text = next(_told(heading, found), "")
    if not text and heading.name and heading.name != title:
        text = _titled(heading, casing)
    if not text:
        return Claim("", _whole(title), title)
    name = heading.name
    return Claim(name, casing.continued(text) if name else started(text), title)


def _sentences(abstract: str) -> list[str]:
    return [
        one
        for _, one in zip(
            range(_MOST_SENTENCES), sentences(clean(readable(abstract))), strict=False
        )
    ]


def _titled(heading: Heading, casing: Casing) -> str:
    """Return what the title says, as a sentence; "" if it cannot be cut to fit."""
    says = casing.sentence(heading.says)
    if heading.name:
        says = _ARTICLE.sub("", says, count=1) if _ARTICLE.match(says) else says
    text = next(cuts(says, LONGEST, _LEAST), "")
    return text if heading.name else started(text)


def _told(heading: Heading, found: list[str]) -> Iterator[str]:
    """Yield what the abstract says instead of a vague title, the best first."""
    shown = told.shown(found, LONGEST)
    if heading.asks:
        yield from shown
    name = heading.name
    yield from told.proposed(found, name, LONGEST)
    yield from told.is_told(found, name, LONGEST)
    if not heading.asks:
        yield from shown
    yield from told.studied(found, LONGEST)


def _deed(heading: Heading, casing: Casing) -> str:
    if not heading.name:
        return ""
    return deed_of_title(heading.name, casing.sentence(heading.says))


def _whole(title: str) -> str:
    """Return the title, cut if it is endless."""
    return next(cuts(title, LONGEST, _LEAST), "") or torn(title, LONGEST)
