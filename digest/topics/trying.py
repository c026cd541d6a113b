"""Try a changed catalogue on papers: which would it catch anew, and which would it lose?

Papers are read once and judged by the catalogue in use. A change judges only the topics that it
touches, and only the papers in which one of their phrases can stand, as topics do not compete; so
the answer is the same as if every paper were classified anew.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from digest.ground.text.phrases import Key
from digest.topics.catalogue import Catalogue, Topic
from digest.topics.classifier import MOST_TOPICS, Classifier, Judgement, ReadPaper

_MOST_PHRASES = 3


@dataclass(frozen=True, slots=True)
class TriedPaper:
    """A paper to try catalogues on. given: confidence of every topic that it gets, uncut."""

    id: int
    title: str
    paper: ReadPaper
    given: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """A paper that a topic would catch or lose.

    phrases: those of the topic that stand in it, the telling ones first, in singular form.
    confidence: that it belongs to the topic; of a lost one, before the change.
    """

    topic: str
    paper_id: int
    title: str
    confidence: float
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a change would do. papers: how many were looked at. topicless: how many of them have
    no topic, before and after. unchanged: pairs of topic and paper that stay, of changed topics.
    """

    papers: int
    caught: tuple[Difference, ...]
    lost: tuple[Difference, ...]
    unchanged: int
    topicless: tuple[int, int]

    def to_json(self) -> dict[str, Any]:
        """Return it as programs read it."""
        return asdict(self)


class PaperSet:
    """Papers that were read, judged by one catalogue; immutable, for any number of threads."""

    def __init__(self, classifier: Classifier, papers: Sequence[TriedPaper]) -> None:
        """Take papers that this classifier has judged."""
        self.classifier = classifier
        self.papers = papers
        self._catalogue = classifier.catalogue
        self._weights = classifier.weights
        masks: dict[str, int] = {}
        for place, one in enumerate(papers):
            for word in {word for part in one.paper.parts for word in part.words}:
                masks[word] = masks.get(word, 0) | 1 << place
        self._masks = masks  # a word -> the papers that have it, as bits

    def try_catalogue(self, changed: Catalogue) -> Trial:
        """Return what another catalogue would catch and lose, each by topic, then by title."""
        old = {topic.slug: topic for topic in self._catalogue.topics}
        new = {topic.slug: topic for topic in changed.topics}
        home = changed.home != self._catalogue.home
        touched = {slug for slug in old.keys() | new.keys() if home or _differ(old, new, slug)}
        judged = self._judge(changed, touched, self._candidates(old, new, touched, home=home))
        before = Classifier(_part(self._catalogue, touched), self._weights)
        order = {slug: place for place, slug in enumerate(new)}
        former_order = {slug: place for place, slug in enumerate(old)}
        caught: list[Difference] = []
        lost: list[Difference] = []
        kept = topicless_before = topicless_after = 0
        for place, one in enumerate(self.papers):
            now = judged.get(place)
            if now is None:  # no phrase that was changed can stand in it
                topicless_before += not one.given
                topicless_after += not one.given
                kept += len(touched & one.given.keys() & _cut(one.given, former_order))
                continue
            given = {slug: odds for slug, odds in one.given.items() if slug not in touched}
            given |= {slug: each.confidence for slug, each in now.items() if each.given}
            had, has = _cut(one.given, former_order), _cut(given, order)
            topicless_before += not had
            topicless_after += not has
            kept += len(had & has & touched)
            caught += [_difference(one, slug, given[slug], now.get(slug)) for slug in has - had]
            if gone := had - has:
                why = {each.slug: each for each in before.judge_read(one.paper)}
                lost += [_difference(one, s, one.given[s], why.get(s)) for s in gone]
        counts = (topicless_before, topicless_after)
        return Trial(len(self.papers), _ordered(caught), _ordered(lost), kept, counts)

    def _judge(
        self, changed: Catalogue, touched: set[str], candidates: int
    ) -> dict[int, dict[str, Judgement]]:
        """Judge the touched topics in these papers."""
        part = _part(changed, touched)
        classifier = Classifier(part, self._weights)
        return {
            place: {each.slug: each for each in classifier.judge_read(self.papers[place].paper)}
            for place in _bits(candidates)
        }

    def _candidates(
        self, old: Mapping[str, Topic], new: Mapping[str, Topic], touched: set[str], *, home: bool
    ) -> int:
        """Return the papers in which a phrase can stand that may change what they get, as bits.

        Where only some phrases of a topic are others, these. All of them where the home words are
        others, or where a topic without weights may have another number of sure phrases.
        """
        keys: set[Key] = set()
        for slug in touched:
            before = old[slug].phrases if slug in old else {}
            after = new[slug].phrases if slug in new else {}
            every = home or slug not in self._weights.topics
            keys |= {
                key
                for key in before.keys() | after.keys()
                if every or before.get(key) != after.get(key)
            }
        found = 0
        for key in keys:
            papers = -1
            for word in key:
                papers &= self._masks.get(word, 0)
            found |= papers
        return found


def read_paper(classifier: Classifier, paper_id: int, title: str, abstract: str) -> TriedPaper:
    """Read a paper, and judge it by the catalogue in use."""
    paper = classifier.read(title, abstract)
    judged = classifier.judge_read(paper)
    return TriedPaper(
        paper_id, title, paper, {one.slug: one.confidence for one in judged if one.given}
    )


def judge_again(classifier: Classifier, one: TriedPaper) -> TriedPaper:
    """Judge a paper that was read by another catalogue with the same weights."""
    judged = classifier.judge_read(one.paper)
    given = {each.slug: each.confidence for each in judged if each.given}
    return TriedPaper(one.id, one.title, one.paper, given)


def telling_phrases(judged: Judgement) -> tuple[str, ...]:
    """Return the phrases that speak most for a topic: sure ones first, then as they are read."""
    hits = sorted(judged.hits, key=lambda hit: not hit.sure)
    return tuple(dict.fromkeys(hit.phrase for hit in hits))[:_MOST_PHRASES]


def _differ(old: Mapping[str, Topic], new: Mapping[str, Topic], slug: str) -> bool:
    before, after = old.get(slug), new.get(slug)
    return before is None or after is None or before.phrases != after.phrases


def _part(catalogue: Catalogue, slugs: set[str]) -> Catalogue:
    topics = tuple(topic for topic in catalogue.topics if topic.slug in slugs)
    return Catalogue(topics, catalogue.home)


def _cut(given: Mapping[str, float], order: Mapping[str, int]) -> set[str]:
    """Return the topics that a paper gets of all that are given, as `Classifier.classify` does."""
    if len(given) <= MOST_TOPICS:
        return set(given)
    return set(sorted(given, key=lambda slug: (-given[slug], order[slug]))[:MOST_TOPICS])


def _difference(
    one: TriedPaper, slug: str, confidence: float, judged: Judgement | None
) -> Difference:
    """Describe a paper; one that another topic made room for has no judgement of a change."""
    phrases = telling_phrases(judged) if judged else ()
    return Difference(slug, one.id, one.title, confidence, phrases)


def _ordered(found: Iterable[Difference]) -> tuple[Difference, ...]:
    return tuple(sorted(found, key=lambda one: (one.topic, one.title.casefold(), one.paper_id)))


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
