"""What a paper claims, in one line: "Chimera", "lossless decoding that fuses all tokens".

Made by rule from title and abstract: their own words, in their order, cut only where a clause ends.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from digest.ground.text.plain_text import clean
from digest.ground.text.sentences import sentences
from digest.ground.text.tex import readable
from digest.ground.text.words import LONGEST_TEXT
from digest.summary import LONGEST_CLAIM
from digest.summary import told as abstracts
from digest.summary.abbreviations import abbreviated
from digest.summary.casing import Casing, casing_of, started
from digest.summary.clauses import is_clause
from digest.summary.cuts import cuts, torn
from digest.summary.deeds import deed_of_title
from digest.summary.headings import Heading, asks, heading_of

_LONGEST_TITLE = 400
_MOST_SENTENCES = 25
_LEAST = 24  # characters of a claim that is cut
_ARTICLE = re.compile(r"^an?\s(?=\w)", re.IGNORECASE)
_MARK = re.compile(r"[?!.\u2026\uff1f\uff01\u3002]$")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a paper claims.

    name: what people call it, "" if it has no name. text: the claim in one line, at most
    LONGEST_CLAIM characters, beginning with a small letter after a name; "" only if there is no
    title. title: the paper's, in one line. short: the text with the abstract's abbreviations.
    deed: what the named thing does, to be read after the name; "" if unknown.
    """

    name: str
    text: str
    title: str
    short: str = ""
    deed: str = ""

    @property
    def line(self) -> str:
        """The name and what is claimed: "Chimera: lossless decoding ..."."""
        return self.head + self.text

    @property
    def head(self) -> str:
        """What stands before the text: "Chimera: ", "Do Models Ask? ", or nothing."""
        return self.name + self.joint if self.name else ""

    @property
    def joint(self) -> str:
        """What stands between name and text: ": ", or a blank after a question."""
        return " " if _MARK.search(self.name) else ": "


def written(text: str, made: Claim) -> Claim:
    """Return a claim in words of the editors. made: what the rules found, whose name may stay."""
    if made.name and text.startswith(made.head) and len(text) > len(made.head):
        said = text[len(made.head) :]
        return Claim(made.name, said, text, said)
    return Claim("", text, text, text)


def claim_of(title: str, abstract: str) -> Claim:
    """Return the paper's claim. The title is shown if nothing better is found; never raises."""
    title = clean(readable(clean(title[:_LONGEST_TITLE])))
    if not title:
        return Claim("", "", "")
    abstract = abstract[:LONGEST_TEXT]
    heading = heading_of(title, abstract)
    casing = casing_of(abstract)
    says = casing.sentence(title, heading.says)
    if len(says) > LONGEST_CLAIM:
        says = abbreviated(says, abstract)
    name, text = _named(heading, says, casing, abstract)
    if not text:
        name, text = "", _whole(casing.sentence(title))
    if not name or _MARK.search(name):
        text = started(text)
    deed = "" if heading.vague or not name else deed_of_title(name, says)
    return Claim(name, text, title, abbreviated(text, abstract), abbreviated(deed, abstract))


def _named(heading: Heading, says: str, casing: Casing, abstract: str) -> tuple[str, str]:
    """Return name and text, which is "" if only the whole title will do."""
    if not heading.vague:
        return heading.name, _titled(heading, says)
    if told := next(_told(heading, _sentences(abstract)), ""):
        return heading.name, casing.continued(told)
    if heading.name and heading.says != heading.title and not asks(heading.name):
        return heading.name, _titled(heading, says)
    return "", ""


def _sentences(abstract: str) -> list[str]:
    return list(islice(sentences(clean(readable(abstract))), _MOST_SENTENCES))


def _titled(heading: Heading, says: str) -> str:
    """Return what the title says; "" if it cannot be cut to fit."""
    says = _ARTICLE.sub("", says, count=1) if heading.name else says
    return next(cuts(says, LONGEST_CLAIM, _LEAST, weak=not is_clause(says[:LONGEST_CLAIM])), "")


def _told(heading: Heading, found: list[str]) -> Iterator[str]:
    """Yield what the abstract says instead of a vague title, the best first."""
    if heading.asks:  # an answer, or nothing
        yield from abstracts.shown(found, heading.name, LONGEST_CLAIM)
    else:
        yield from abstracts.told(found, heading.name, LONGEST_CLAIM)


def _whole(title: str) -> str:
    """Return the title, cut if it is endless."""
    return next(cuts(title, LONGEST_CLAIM, _LEAST), "") or torn(title, LONGEST_CLAIM)
