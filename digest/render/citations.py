"""A paper as a record for reference managers: BibTeX and RIS.

What is not known is left out. The year and month are those of an arXiv id, which has them; when
a paper was listed says nothing of when it was published.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pylatexenc.latexencode import RULE_DICT, UnicodeToLatexConversionRule, UnicodeToLatexEncoder

from digest.ground.text.plain_text import clean, shorten
from digest.ground.text.tex import readable
from digest.model import Paper
from digest.papers.dumps.authors import MOST
from digest.render.cards import shown_names

BIBTEX_TYPE = "application/x-bibtex; charset=utf-8"
RIS_TYPE = "application/x-research-info-systems; charset=utf-8"
_BRACES = {ord("{"): r"\textbraceleft", ord("}"): r"\textbraceright"}  # BibTeX counts escaped ones
_ENCODER = UnicodeToLatexEncoder(
    conversion_rules=[UnicodeToLatexConversionRule(RULE_DICT, _BRACES), "defaults"],
    replacement_latex_protection="braces-all",
    unknown_char_policy="keep",
    unknown_char_warning=False,
)
# info.arxiv.org/help/arxiv_identifier: year and month, since 1991
_ARXIV_MONTH = re.compile(r"arxiv:(?:[a-z-]+/)?(\d\d)(0[1-9]|1[0-2])")
_FIRST_YEAR = 91
_ABSTRACT = 5_000  # characters; more are no abstract, and each takes its time to be encoded
_KEY_WORD = 30  # characters of each word in a key
_SEPARATOR = re.compile(r"\band\b", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EAST_ASIA = "\u2e80"  # from here on scripts in which the family name comes first
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|II|III|IV")


@dataclass(frozen=True, slots=True)
class Citation:
    """What is known of a paper, as it is shown.

    authors: names in their order; cut: there are more of them. address: where it is read.
    """

    id: int
    title: str
    abstract: str
    authors: Sequence[str]
    cut: bool
    address: str
    identifiers: Sequence[str] = ()

    @property
    def arxiv(self) -> str:
        """The arXiv id; empty if there is none."""
        return self._name("arxiv:")

    @property
    def doi(self) -> str:
        """The DOI; empty if there is none."""
        return self._name("doi:")

    @property
    def month(self) -> tuple[int, int] | None:
        """The year and month of the arXiv id."""
        found = _ARXIV_MONTH.match(f"arxiv:{self.arxiv}")
        if not found:
            return None
        year = int(found[1])
        return (1900 if year >= _FIRST_YEAR else 2000) + year, int(found[2])

    def _name(self, kind: str) -> str:
        return next((n.removeprefix(kind) for n in self.identifiers if n.startswith(kind)), "")


def cite(paper: Paper, identifiers: Sequence[str], address: str) -> Citation:
    """Return the citation of a paper."""
    return Citation(
        paper.id,
        clean(readable(paper.title)),
        shorten(clean(readable(paper.abstract)), _ABSTRACT),
        shown_names(paper.authors),
        len(paper.authors) >= MOST,
        address,
        sorted(identifiers),
    )


def bibtex(cited: Citation) -> str:
    """Return the citation for BibTeX and biblatex, in ASCII where LaTeX has a name for a letter."""
    names = [*map(_bibtex_name, cited.authors), *["others"] * cited.cut]
    year, month = cited.month or (0, 0)
    fields = {
        "title": f"{{{_latex(cited.title)}}}",  # twice in braces: capitals stay
        "author": " and ".join(names),
        "year": str(year) if year else "",
        "eprint": cited.arxiv,
        "archiveprefix": "arXiv" if cited.arxiv else "",
        "doi": _balanced(cited.doi),
        "url": cited.address,
        "abstract": _latex(cited.abstract),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    if month:
        lines.append(f"  month = {_MONTHS[month - 1]},")  # a macro, so that styles can translate it
    return "\n".join([f"@misc{{{_key(cited)},", *lines, "}", ""])


def ris(cited: Citation) -> str:
    """Return the citation as RIS, whose lines end in CR LF."""
    month = cited.month
    fields = [
        ("TY", "GEN"),
        ("TI", cited.title),
        *(("AU", _surname_first(name)) for name in cited.authors),
        ("PY", str(month[0]) if month else ""),
        ("DA", "{:04}/{:02}".format(*month) if month else ""),
        ("DO", cited.doi),
        ("AN", f"arXiv:{cited.arxiv}" if cited.arxiv else ""),
        ("UR", cited.address),
        ("AB", cited.abstract),
    ]
    lines = [f"{tag}  - {value}" for tag, value in fields if value]
    return "\r\n".join([*lines, "ER  - ", ""])


def _latex(text: str) -> str:
    encoded: str = _ENCODER.unicode_to_latex(text)
    return encoded


def _bibtex_name(name: str) -> str:
    """Return a name that BibTeX takes for one: "Ada Ode" or "Ode, Ada"; others in braces."""
    several = _SEPARATOR.search(name) or name.count(",") > 1
    return f"{{{_latex(name)}}}" if several else _latex(name)


def _key(cited: Citation) -> str:
    """Return, for example, "ode2024kettles", in ASCII letters and digits."""
    surname = _surname_first(cited.authors[0]).partition(",")[0] if cited.authors else ""
    words = [word for word in map(_plain, cited.title.split()) if len(word) > 3]
    year = str(cited.month[0]) if cited.month else ""
    key = _plain(surname) + year + next(iter(words), "")
    return key if re.search("[a-z]", key) else f"paper{cited.id}"


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(filter(str.isalnum, letters))[:_KEY_WORD]


def _surname_first(name: str) -> str:
    """Turn "Ada van Ode" round as BibTeX does: "van Ode, Ada".

    Words in small letters before the last name belong to it. What has a comma or one word, names
    several, or is of East Asia stays.
    """
    words = name.split()
    if "," in name or len(words) < 2 or _SEPARATOR.search(name) or max(name) >= _EAST_ASIA:
        return name
    suffix = words.pop() if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else ""
    first = len(words) - 1
    while first > 1 and words[first - 1][0].islower():
        first -= 1
    parts = (" ".join(words[first:]), " ".join(words[:first]), suffix)
    return ", ".join(filter(None, parts))


def _balanced(text: str) -> str:
    """Return a text that stands in braces as it is; empty for one that would break them."""
    return "" if set(text) & set("{}\\") else text
