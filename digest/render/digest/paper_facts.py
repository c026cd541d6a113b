"""What the personal texts of a mail say of a paper."""

from dataclasses import dataclass

_WORDS_A_MINUTE = 200


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What the personal texts of a mail say of a paper.

    subject, preview: what it claims, as short as these have it. standing: its place in the lists.
    topics: slugs, the surest first. card_words, line_words: how long it is to read.
    """

    subject: str
    preview: str
    standing: str
    topics: tuple[str, ...]
    card_words: int
    line_words: int


def minutes(words: int) -> int:
    """Return how long so many words take to read, in minutes, at least one."""
    return max(1, round(words / _WORDS_A_MINUTE))
