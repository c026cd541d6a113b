"""Read the identifiers of a paper, however they are written, into one form each.

The forms are "arxiv:2411.00001" (without a version: all versions are one paper) and
"doi:10.1234/abc" (in small letters, as DOIs ignore case: DOI Handbook, section 2.4). arXiv's own
DOIs, 10.48550/arXiv.<id>, are the arXiv id.

An identifier stands alone, with what its own service writes around it, or in a web address: in the
path of a service that names papers by it, in the query, or in an address inside the address, as
those have that count clicks. In running text nothing is looked for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

LONGEST = 255  # characters of an identifier with its kind; what is longer is none
_LONGEST_TEXT = 2_000  # characters
_MOST_FIELDS = 20  # of a query
_DEEPEST = 3  # addresses in each other
_ARXIV_ID = (  # info.arxiv.org/help/arxiv_identifier: since 2007-04, and before
    r"(?:(?P<new>\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})|(?P<archive>[a-z-]+)(?:\.[A-Z]{2})?/(?P<old>\d{7}))"
    r"(?:v\d+)?(?!\d)"
)
# [cs.CL], (cs.CL), [cs.CL UPDATED]: how arXiv names the class of a paper behind its id.
_CLASS = r"(?:\s*[\[(][\w.-]+(?:\s+\w+)*[\])])*\s*[.,;]?"
_ARXIV = re.compile(
    rf"(?:oai:arXiv\.org:|(?:urn:|info:)?arxiv[:/]\s*)?{_ARXIV_ID}(?:\.pdf)?{_CLASS}", re.IGNORECASE
)
_DOI = re.compile(
    r"(?P<prefix>(?:(?:urn:|info:)?doi[:/]?\s*)+)?(?P<doi>10\.\d{4,9}/[!-~]+)(?P<rest>\s.*)?",
    re.IGNORECASE | re.DOTALL,
)
_ARXIV_DOI = re.compile(rf"10\.48550/arxiv\.{_ARXIV_ID}", re.IGNORECASE)
_QUERY_OR_FRAGMENT = re.compile(r"\?[\w.-]+=.*|\?$|#.*", re.DOTALL)
_SCHEME = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_BARE = re.compile(  # addresses that are written without
    r"(?:[\w-]+\.)*(?:arxiv\.org|doi\.org|huggingface\.co)/", re.IGNORECASE
)
_BEGINS = re.compile(  # what a field of a query has that holds an address or an identifier
    rf"{_SCHEME.pattern}|{_BARE.pattern}|(?:urn:|info:)?doi[:/]|10\.\d{{4,9}}/|(?:oai:)?arxiv[.:]",
    re.IGNORECASE,
)
_INNER = re.compile(r"https?:/{1,2}(?=[\w.-]+[./])", re.IGNORECASE)
# Services whose addresses end in an arXiv id, and what may stand before it.
_ARXIV_PLACES = re.compile(
    r"/(?:(?:abs|pdf|html|format|ps|src|e-print|papers?|arxiv|overview)/(?:arxiv[.:])?|arxiv[.:])"
    rf"{_ARXIV_ID}(?:\.pdf|\.full)?(?=$|[/?&;,])",
    re.IGNORECASE,
)
_ARXIV_HOSTS = (
    *("arxiv.org", "ar5iv.org", "alphaxiv.org", "huggingface.co", "hf.co", "scirate.com"),
    *("papers.cool", "emergentmind.com", "arxiv-vanity.com", "semanticscholar.org"),
)
_BELOW_ARXIV_HOSTS = tuple(f".{host}" for host in _ARXIV_HOSTS)
_DOI_IN_PATH = re.compile(r"(?:^|/)(?:doi:)?(?P<doi>10\.\d{4,9}/[!-~]+)", re.IGNORECASE)
# What publishers write behind the DOI in a path.
_BEHIND = re.compile(
    r"(?:/(?:full|fulltext|full-text|abstract|abs|pdf|epdf|pdfdirect|epub|html|meta|summary|"
    r"references|citedby|figures?|tables?|metrics|supplementary-material|suppl(?:_file)?/.*|"
    r"download|viewer|reader|\d{6,}(?:/[^/]*)?)|\.(?:full|abstract|short)(?:\.pdf|-text)?|\.pdf)+$",
    re.IGNORECASE,
)
_BIORXIV = re.compile(r"(10\.(?:1101|64898)/[\d.]+)v\d+(?:[./].*)?")  # a version is no part of it
ARXIV_PAGES = "https://arxiv.org/abs/"
_PREFERRED = ("arxiv:", "doi:")


def arxiv(text: str) -> str:
    """Return the arXiv id that a text or an address is; empty for anything else."""
    return next((one for one in identifiers(text) if one.startswith("arxiv:")), "")


def identifiers(*texts: str) -> tuple[str, ...]:
    """Return the identifiers that the texts are, each once, in a fixed order."""
    return tuple(sorted({one for text in texts if (one := _identifier(text.strip()))}))


def _identifier(text: str, depth: int = 1) -> str:
    """Return the identifier that a text consists of, or that an address leads to; else empty."""
    if not text or len(text) > _LONGEST_TEXT:
        return ""
    if _SCHEME.match(text) or _BARE.match(text):
        return _in_address(text, depth)
    if found := _ARXIV.fullmatch(text):
        return _arxiv_name(found)
    found = _DOI.fullmatch(text)
    if found is None or (found["rest"] and not found["prefix"]):
        return ""
    written = unquote(_QUERY_OR_FRAGMENT.sub("", found["doi"]))
    return _doi_name(written.rstrip(".,;"))


def _in_address(text: str, depth: int) -> str:
    try:
        parts = urlsplit(text if "//" in text[:8] else f"//{text}")
        host = (parts.hostname or "").lower()
    except ValueError:  # a bracket that opens no IPv6 address
        return ""
    path = unquote(parts.path)
    if found := _in_path(host, path):
        return found
    if depth >= _DEEPEST:
        return ""
    return _only({one for inner in _inner(parts, path) if (one := _identifier(inner, depth + 1))})


def _in_path(host: str, path: str) -> str:
    if _names_by_arxiv(host) and (found := _ARXIV_PLACES.match(path)):
        return _arxiv_name(found)
    if _INNER.search(path):  # the path of another address
        return ""
    if not (found := _DOI_IN_PATH.search(path)):
        return ""
    if host.removeprefix("dx.").removeprefix("www.") == "doi.org":
        return _doi_name(found["doi"].rstrip("/.,;"))
    return _doi_name(_without_ending(found["doi"].rstrip("/")))


def _names_by_arxiv(host: str) -> bool:
    return host.removeprefix("www.") in _ARXIV_HOSTS or host.endswith(_BELOW_ARXIV_HOSTS)


def _without_ending(written: str) -> str:
    """Return a DOI without what a publisher adds to it in addresses."""
    if version := _BIORXIV.fullmatch(written):
        return version[1]
    shorter = _BEHIND.sub("", written)
    return shorter if "/" in shorter.removesuffix("/") else written


def _inner(parts: SplitResult, path: str) -> Iterator[str]:
    """Yield what may be an address or DOI inside an address."""
    try:
        fields = parse_qsl(parts.query, max_num_fields=_MOST_FIELDS)
    except ValueError:  # more fields than that
        fields = []
    is_arxiv = _names_by_arxiv((parts.hostname or "").lower())
    for _, field in fields:
        value = field.strip()
        if is_arxiv or _BEGINS.match(value):
            yield value
    if found := _INNER.search(path):
        rest = path[found.end() :]
        yield f"https://{rest}?{parts.query}"


def _only(found: set[str]) -> str:
    """Return the identifier that is meant; empty if there are several."""
    return found.pop() if len(found) == 1 else ""


def _doi_name(written: str) -> str:
    if own := _ARXIV_DOI.fullmatch(written):
        return _arxiv_name(own)
    name = f"doi:{written.lower()}"
    usable = _DOI.fullmatch(written) and written.isascii() and len(name) <= LONGEST
    return name if usable else ""


def _arxiv_name(found: re.Match[str]) -> str:
    """Return the canonical id: old ones may name a class of their archive, as cs.CL/ or cs/."""
    name = found["new"] or f"{found['archive'].lower()}/{found['old']}"
    return f"arxiv:{name}" if name.isascii() else ""


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
