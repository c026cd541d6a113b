"""Say which topics a paper belongs to, and why.

Every topic is judged for itself; topics do not compete. Its phrases are found (facts.py) and make
odds that hold for any topic alike, the phrase odds. For a topic that the learnt weights know,
these count as much as they were found to be worth for it, and its words are added (weights.py);
a topic that they do not know, such as one that an operator adds, is judged by its phrases alone.
Without a phrase there is no topic, whatever words say. None is a possible answer.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from digest.topics.catalogue import Catalogue, Topic
from digest.topics.facts import HOME, Hit, PhraseFinder, count, read_parts
from digest.topics.grams import grams_of, length_of
from digest.topics.parts import Part, ReadPart, parts_of
from digest.topics.weights import NO_WEIGHTS, UNIT, Weights

MOST_TOPICS = 5
PHRASE_BIAS = -7.31
# What each of facts.FACTS adds to the phrase odds; printed by fit.py.
PHRASE_NUMBERS = (1.24, 0.4, 0.72, 0.35, 0.79, 0.63, 2.56, 0.13, 1.48, 1.36)
PHRASES_ALONE = -0.4  # phrase odds from which phrases alone make a topic
# A topic of few phrases is hit by chance more seldom than those on which the numbers were fitted,
# which have so many sure ones: its odds are higher by the logarithm of how few they are.
_MANY_PHRASES = 70
_MOST_RISE = 3.8  # a sure phrase in the title is just enough then, a mention elsewhere is not
# How much the odds fall of a paper with none, or only one, of the home words, for topics
# that have weights: those were learnt from papers at home. A title alone need not have any.
_ABROAD = (4.0, 1.5)
_TITLE_ABROAD = (1.0, 0.0)
_SURE = 2.0  # odds beyond which confidence rises slowly, so that it tells apart what is sure


@dataclass(frozen=True, slots=True)
class Judgement:
    """What speaks for and against one topic; all odds are natural logarithms.

    phrase_odds: of its phrases. words: what its words add, None for a topic without weights.
    given: whether the paper gets the topic.
    """

    slug: str
    confidence: float
    given: bool
    phrase_odds: float
    words: float | None
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class ReadPaper:
    """A paper that was read once, to be judged by many catalogues with the same weights.

    parts: the title, then the sentences. words: what its words add for every topic with weights.
    """

    parts: tuple[ReadPart, ...]
    words: Mapping[str, float]


class Classifier:
    """All topics; immutable, and safe in any number of threads."""

    def __init__(self, catalogue: Catalogue, weights: Weights = NO_WEIGHTS) -> None:
        """Take the topics in the order in which ties go; weights of other topics are not used."""
        self.catalogue = catalogue
        self.weights = weights
        self._at_home = bool(catalogue.home)
        self._finder = PhraseFinder(catalogue)
        self._rises = {topic.slug: _rise(topic) for topic in catalogue.topics}
        self._order = {topic.slug: number for number, topic in enumerate(catalogue.topics)}

    def classify(self, title: str, abstract: str) -> dict[str, float]:
        """Return the topics of a paper, at most 5: slug -> confidence in (0, 1), best first.

        None is a possible answer. Ties go by the order of the catalogue.
        """
        given = [judged for judged in self.judge(title, abstract) if judged.given]
        return {judged.slug: judged.confidence for judged in given[:MOST_TOPICS]}

    def judge(self, title: str, abstract: str) -> list[Judgement]:
        """Return every topic with a phrase in the paper, most confident first."""
        parts = parts_of(title, abstract)
        return self._judge_all(read_parts(parts), lambda: self._leanings(parts))

    def hits(self, title: str, abstract: str) -> dict[str, list[Hit]]:
        """Return where phrases of each topic stand in a paper, of those that have any."""
        found = self._finder.by_topic(read_parts(parts_of(title, abstract)))
        found.pop(HOME, None)
        return found

    def read(self, title: str, abstract: str) -> ReadPaper:
        """Read a paper for `judge_read` of this and other classifiers with the same weights."""
        parts = parts_of(title, abstract)
        return ReadPaper(read_parts(parts), self._leanings(parts))

    def judge_read(self, paper: ReadPaper) -> list[Judgement]:
        """Judge a paper that was read: the same as `judge` of its text."""
        return self._judge_all(paper.parts, lambda: paper.words)

    def _leanings(self, parts: Sequence[Part]) -> dict[str, float]:
        grams = grams_of(parts)
        return self.weights.leanings(grams, length_of(grams))

    def _judge_all(
        self, parts: Sequence[ReadPart], leanings: Callable[[], Mapping[str, float]]
    ) -> list[Judgement]:
        by_topic = self._finder.by_topic(parts)
        home = by_topic.pop(HOME, [])
        words = leanings() if by_topic else {}
        if self._at_home:
            fall = _fall(home, len(parts))
            words = {slug: odds - fall for slug, odds in words.items()}
        judged = [
            self._judge(slug, phrase_odds(count(hits, len(parts) - 1)), words, hits)
            for slug, hits in by_topic.items()
        ]
        return sorted(judged, key=lambda one: (-one.confidence, self._order[one.slug]))

    def _judge(
        self, slug: str, phrases: float, words: Mapping[str, float], hits: Sequence[Hit]
    ) -> Judgement:
        if slug in words:
            odds = words[slug] + phrases * self.weights.topics[slug][1] / UNIT
            given = round(odds * UNIT) >= self.weights.threshold
        else:
            odds = phrases + self._rises[slug]
            given = odds >= PHRASES_ALONE and any(hit.sure for hit in hits)
        return Judgement(slug, _confidence(odds), given, phrases, words.get(slug), tuple(hits))


def phrase_odds(facts: Sequence[float]) -> float:
    """Return how likely a topic is by its phrases alone, whatever topic it is."""
    odds = PHRASE_BIAS
    for number, fact in zip(PHRASE_NUMBERS, facts, strict=True):
        odds += number * fact
    return round(odds, 6)


def _rise(topic: Topic) -> float:
    sure = sum(not kinds.isdisjoint(("sure", "title")) for kinds in topic.phrases.values())
    return min(_MOST_RISE, max(0.0, math.log(_MANY_PHRASES / sure)))


def _fall(home: Sequence[Hit], parts: int) -> float:
    falls = _ABROAD if parts > 1 else _TITLE_ABROAD
    found = len({hit.phrase for hit in home})
    return falls[found] if found < len(falls) else 0.0


def _confidence(odds: float) -> float:
    """Return the chance for these odds, in four digits so that every machine shows the same."""
    if odds > _SURE:
        odds = _SURE + math.log1p(odds - _SURE)
    return max(0.0001, round(1 / (1 + math.exp(-max(odds, -9.0))), 4))
