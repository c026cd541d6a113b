"""What arXiv's feeds say of each paper: an id, the kind of the announcement, then the abstract.

    arXiv:2611.00001v2 Announce Type: replace
    Abstract: We measure ...

The kind has an element of its own, which other programs that pass the feed on leave out. Before
2024 a title ended in (arXiv:2611.00001v2 [cs.CL] UPDATED).
"""

import re

from digest.sources.kinds.xml_feeds import Item

_PREAMBLE = re.compile(
    r"\s*(?:arXiv:\s*\S+\s+)?Announce(?:ment)?[ -]Type:\s*(?P<kind>[\w-]+)(?:\s+Abstract:)?\s*",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"\(arXiv:\S{1,40}\s{1,9}\[[^\]\s]{1,40}\]\s{1,9}UPDATED\)\s*$", re.IGNORECASE
)
_TEXTS = ("summary", "description", "content", "content:encoded")


def is_replacement(item: Item) -> bool:
    """Whether an item announces a new version of a paper that was announced before."""
    kinds = [*item.all("arxiv:announce_type", "announce_type")]
    kinds += [found["kind"] for text in _texts(item) if (found := _PREAMBLE.match(text))]
    if any(kind.strip().lower().startswith("replace") for kind in kinds):
        return True
    return bool(_UPDATED.search(item.plain("title")))


def without_preamble(abstract: str) -> str:
    """Return an abstract without what arXiv writes before it."""
    found = _PREAMBLE.match(abstract)
    return abstract[found.end() :] if found else abstract


def _texts(item: Item) -> list[str]:
    return [found for name in _TEXTS if (found := item.plain(name))]
