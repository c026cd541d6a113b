"""Find the phrases of topics in a paper, and count them where they stand."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from digest.ground.text.phrases import Key, PhraseTable
from digest.ground.text.words import singular
from digest.topics.catalogue import Catalogue
from digest.topics.parts import Part, ReadPart

HOME = ""  # the slug under which home words are found
_TITLE_ONLY = frozenset({"title"})
_HINT_ONLY = frozenset({"hint"})
FACTS = (
    "sure phrase in the title",
    "hint in the title",
    "sure phrase in the claim",
    "hint in the claim",
    "sure phrase in the first sentence",
    "mentions of sure phrases",
    "different sure phrases",
    "mentions of hints",
    "different hints",
    "part of the sentences with a sure phrase",
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase of a topic in a paper.

    sure: whether it counts as sure where it stands. place: see parts.Part. sentence: 0: title.
    """

    slug: str
    phrase: str
    sure: bool
    place: str
    sentence: int


def read_parts(parts: Iterable[Part]) -> tuple[ReadPart, ...]:
    """Return parts as phrases are looked for in them: their words in singular form."""
    return tuple(ReadPart(part.place, tuple(map(singular, part.words))) for part in parts)


class PhraseFinder:
    """All phrases of all topics; made once, safe in any number of threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Take the phrases of all topics, and the home words as the hints of a topic HOME."""
        table: dict[Key, list[tuple[str, frozenset[str]]]] = {}
        for topic in catalogue.topics:
            for key, kinds in topic.phrases.items():
                table.setdefault(key, []).append((topic.slug, kinds))
        for key in sorted(catalogue.home):
            table.setdefault(key, []).append((HOME, _HINT_ONLY))
        self._table = PhraseTable(table)

    def by_topic(self, parts: Iterable[ReadPart]) -> dict[str, list[Hit]]:
        """Find all phrases: slug -> hits in reading order, without topics that have none."""
        found: dict[str, list[Hit]] = {}
        for number, (place, tokens) in enumerate(parts):
            for hit in self._hits(place, tokens, number):
                found.setdefault(hit.slug, []).append(hit)
        return found

    def _hits(self, place: str, tokens: Sequence[str], number: int) -> Iterator[Hit]:
        """Yield the hits of one part; of phrases of a topic that overlap, the first and longest."""
        covered: dict[str, int] = {}  # topic -> where its last phrase ended
        for position, key, entries in self._table.find(tokens):
            for slug, kinds in entries:
                if position < covered.get(slug, 0) or (number and kinds == _TITLE_ONLY):
                    continue
                covered[slug] = position + len(key)
                if "except" not in kinds:
                    sure = "sure" in kinds or (number == 0 and "title" in kinds)
                    yield Hit(slug, " ".join(key), sure, place, number)


def count(hits: Sequence[Hit], sentence_count: int) -> list[float]:
    """Return the FACTS of a topic with these hits; sentence_count is of the abstract."""
    facts = [0.0] * len(FACTS)
    sure_phrases: set[str] = set()
    hints: set[str] = set()
    sentences: set[int] = set()
    mentions = [0, 0]
    for hit in hits:
        if hit.place == "title":
            facts[0 if hit.sure else 1] = 1.0
        elif hit.place == "claim":
            facts[2 if hit.sure else 3] = 1.0
        elif hit.place == "first" and hit.sure:
            facts[4] = 1.0
        mentions[hit.sure] += 1
        (sure_phrases if hit.sure else hints).add(hit.phrase)
        if hit.sure and hit.sentence:
            sentences.add(hit.sentence)
    facts[5:] = [
        math.log1p(mentions[True]),
        math.log1p(len(sure_phrases)),
        math.log1p(mentions[False]),
        math.log1p(len(hints)),
        len(sentences) / max(1, sentence_count),
    ]
    return facts
