"""Two lines of an abstract that a reader can decide on."""

from digest.core.sentences import sentences


def summarise(title: str, abstract: str, limit: int = 280) -> str:
    """At most `limit` characters of the abstract's own sentences: what is new, what was shown."""
    return next(sentences(abstract), "")[:limit]
