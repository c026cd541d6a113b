"""Read the identifiers of a paper, however they are written, into one form each.

The forms are "arxiv:2411.00001" (without a version: all versions are one paper) and
"doi:10.1234/abc" (in small letters, as DOIs ignore case: DOI Handbook, section 2.4). arXiv's own
DOIs, 10.48550/arXiv.<id>, are the arXiv id.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote

LONGEST = 255  # characters of an identifier with its kind; what is longer is none
_ARXIV_ID = (  # info.arxiv.org/help/arxiv_identifier: since 2007-04, and before
    r"(?:(?P<new>\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})|(?P<archive>[a-z-]+)(?:\.[A-Z]{2})?/(?P<old>\d{7}))"
    r"(?:v\d+)?"
)
_ARXIV = re.compile(
    r"(?:https?://(?:\w+\.)?arxiv\.org/(?:abs|pdf|html)/|https?://huggingface\.co/papers/|"
    rf"oai:arXiv\.org:|arxiv:\s*)?{_ARXIV_ID}(?:\.pdf)?",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/[!-~]+)", re.IGNORECASE)
_ARXIV_DOI = re.compile(rf"10\.48550/arxiv\.{_ARXIV_ID}", re.IGNORECASE)
ARXIV_PAGES = "https://arxiv.org/abs/"
_PREFERRED = ("arxiv:", "doi:")


def arxiv(text: str) -> str:
    """Return the arXiv id that a text consists of, or a link to it; empty for anything else."""
    found = _ARXIV.fullmatch(text.strip())
    return _arxiv_name(found) if found else ""


def doi(text: str) -> str:
    """Return the DOI (or arXiv id) that a text consists of, or a link to it; else empty."""
    found = _DOI.fullmatch(unquote(text.strip()))
    if not found:
        return ""
    if own := _ARXIV_DOI.fullmatch(found[1]):
        return _arxiv_name(own)
    name = f"doi:{found[1].lower()}"
    return name if len(name) <= LONGEST else ""


def _arxiv_name(found: re.Match[str]) -> str:
    """Return the canonical id: old ones may name a class of their archive, as cs.CL/ or cs/."""
    name = found["new"] or f"{found['archive'].lower()}/{found['old']}"
    return f"arxiv:{name}" if name.isascii() else ""


def identifiers(*texts: str) -> tuple[str, ...]:
    """Return the identifiers among the texts, each once, in a fixed order."""
    return tuple(sorted({one for text in texts if (one := arxiv(text) or doi(text))}))


def page(known: Iterable[str]) -> str:
    """Return the address of the page of the paper that has these identifiers; empty for none."""
    ordered = sorted(known)
    for kind in _PREFERRED:
        for one in ordered:
            if one.startswith(kind):
                name = quote(one.removeprefix(kind), safe="/.:;()-_")
                place = ARXIV_PAGES if kind == "arxiv:" else "https://doi.org/"
                return place + name
    return ""


class Names(NamedTuple):
    """How one entry names its paper: identifiers, and the identity of its title."""

    identifiers: tuple[str, ...]
    title: str

    @property
    def keys(self) -> tuple[str, ...]:
        """All its names, the decisive ones first."""
        return (*self.identifiers, title_key(self.title))


def title_key(identity: str) -> str:
    """Return the key under which the identity of a title is stored."""
    return f"title:{identity}"


def merge(
    entries: Sequence[Names], known: Mapping[str, int], others: Mapping[int, Iterable[str]]
) -> list[int]:
    """Return the paper of each entry: its id, or for new ones -1 - position of its first entry.

    known:  key -> id of the papers that are stored under it.
    others: paper id -> the identifiers that are stored of it.
    An identifier decides; then the title, unless the two have different arXiv ids, which makes them
    two papers of one title. What earlier entries of the list are known by counts like `known`.
    """
    found = dict(known)
    arxiv_ids = {paper: _arxiv_ids(names) for paper, names in others.items()}
    papers = []
    for place, entry in enumerate(entries):
        own = _arxiv_ids(entry.identifiers)
        paper = next((found[one] for one in entry.identifiers if one in found), None)
        if paper is None:
            paper = found.get(title_key(entry.title))
            theirs = arxiv_ids.get(paper, set()) if paper is not None else set()
            if own and theirs and not own & theirs:
                paper = None
        if paper is None:
            paper = -1 - place
        for key in entry.keys:
            found.setdefault(key, paper)
        arxiv_ids[paper] = arxiv_ids.get(paper, set()) | own
        papers.append(paper)
    return papers


def _arxiv_ids(names: Iterable[str]) -> set[str]:
    return {name for name in names if name.startswith("arxiv:")}
