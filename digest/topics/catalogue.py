"""The topic catalogue: which topics a paper belongs to, and why.

How sure we are of a topic is a logistic function of four plain facts about its phrases: how many
different ones occur (each counts what its group weighs), in how much of the abstract, how they
compare with those of the paper's best topic, and which part they are of all that are said; and of
what the paper's other words lean to (digest/topics/leanings.py). docs/why/relevance.md says how it
was measured.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from digest.ground.text.phrases import Key, PhraseTable
from digest.ground.text.sentences import sentences
from digest.ground.text.words import LONGEST_TEXT, singulars
from digest.topics.leanings import NO_LEANINGS, Leanings

MOST_TOPICS = 4
GROUPS = ("title", "sure", "strong", "medium", "weak", "except")
GROUP_WEIGHTS = {"sure": 4.0, "strong": 2.0, "medium": 1.0, "weak": 0.25}

_TITLE_MENTION = 3  # a mention in the title counts as three in the abstract

# Fitted on labelled papers by benchmarks/fit_topics.py.
_BIAS = -7.08
_DISTINCT = 1.70
_COVERAGE = 3.76
_SHARE = 1.45
_PART = 8.33
_THRESHOLD = 0.42  # of confidence; the most confident topic is taken whatever it has


@dataclass(frozen=True, slots=True)
class Topic:
    """What subscribers can follow.

    phrases: each phrase, as its parts ("release + dataset" has two), with its groups.
    """

    slug: str
    name: str
    description: str
    phrases: Mapping[tuple[Key, ...], frozenset[str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase of a topic in a paper.

    group: the weight it counts with. sentence: 0 for the title, else counted in the abstract.
    """

    slug: str
    phrase: str
    group: str
    sentence: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The facts about one topic's phrases in one paper; none has a unit.

    distinct: ln(1 + sum of the group weights of the different phrases), title and abstract.
    coverage: mean over the abstract's sentences of the best phrase in each, in [0, 1]; without
        an abstract the title is its only sentence.
    share: evidence compared with the paper's best topic, in (0, 1].
    part: of all mentions of phrases of any topic those of this one, repeated ones too, in (0, 1].
    """

    distinct: float
    coverage: float
    share: float
    part: float


class Catalogue:
    """All topics, in the order of the file. Immutable, and safe in any number of threads.

    families: sets of stemmed phrases that mean the same to someone who looks for papers.
    leanings: learnt weights of words; without them phrases decide alone.
    """

    def __init__(
        self,
        topics: tuple[Topic, ...],
        families: tuple[frozenset[Key], ...],
        leanings: Leanings = NO_LEANINGS,
    ) -> None:
        self.topics = topics
        self.families = families
        self._leanings = leanings
        self._names = {topic.slug: topic.name for topic in topics}
        self._order = {topic.slug: number for number, topic in enumerate(topics)}
        single: dict[Key, list[tuple[str, frozenset[str]]]] = {}
        self._parts: dict[Key, list[tuple[int, int]]] = {}
        self._combined: list[tuple[str, str, str, int]] = []
        for topic in topics:
            for parts, groups in topic.phrases.items():
                if len(parts) == 1:
                    single.setdefault(parts[0], []).append((topic.slug, groups))
                else:
                    self._add_combined(topic.slug, parts, groups)
        keys = single.keys() | self._parts.keys()
        self._table = PhraseTable({key: single.get(key, []) for key in keys})

    def _add_combined(self, slug: str, parts: tuple[Key, ...], groups: frozenset[str]) -> None:
        phrase = " + ".join(" ".join(part) for part in parts)
        group = _group(groups, in_title=False) or "sure"
        for bit, part in enumerate(parts):
            self._parts.setdefault(part, []).append((len(self._combined), 1 << bit))
        self._combined.append((slug, phrase, group, (1 << len(parts)) - 1))

    def name(self, slug: str) -> str:
        """The name that readers see; the slug itself for a topic that is not in the catalogue."""
        return self._names.get(slug, slug)

    def classify(self, title: str, abstract: str) -> dict[str, float]:
        """The topics of a paper: slug -> confidence in (0, 1], most confident first, at most 4.

        The best topic is there even when it is unlikely; empty only when no phrase of any topic
        occurs. Ties go by the order of the catalogue.
        """
        ranked = list(self.confidences(title, abstract).items())[:MOST_TOPICS]
        return dict(ranked[:1] + [item for item in ranked[1:] if item[1] >= _THRESHOLD])

    def confidences(self, title: str, abstract: str) -> dict[str, float]:
        """Every topic with a phrase in the paper: slug -> confidence, most confident first."""
        parts = [singulars(part) for part in _parts_of(title, abstract)]
        leanings = self._leanings.of(parts)
        found = {
            slug: _logistic(
                _BIAS
                + _DISTINCT * facts.distinct
                + _COVERAGE * facts.coverage
                + _SHARE * facts.share
                + _PART * facts.part
                + leanings.get(slug, 0.0)
            )
            for slug, facts in self._evidence(parts).items()
        }
        return dict(sorted(found.items(), key=lambda item: (-item[1], self._order[item[0]])))

    def evidence(self, title: str, abstract: str) -> dict[str, Evidence]:
        """The facts behind the confidence of every topic with a phrase in the paper."""
        return self._evidence([singulars(part) for part in _parts_of(title, abstract)])

    def explain(self, title: str, abstract: str) -> list[Hit]:
        """Which phrases of which topics occur where, in reading order; exceptions left out."""
        return list(self._hits_in(singulars(part) for part in _parts_of(title, abstract)))

    def _evidence(self, parts: Sequence[Sequence[str]]) -> dict[str, Evidence]:
        return _weigh(self._hits_in(parts), sentence_count=len(parts) - 1)

    def _hits_in(self, parts: Iterable[Sequence[str]]) -> Iterator[Hit]:
        for number, part in enumerate(parts):
            yield from self._hits(part, number)

    def _hits(self, tokens: Sequence[str], sentence: int) -> Iterator[Hit]:
        """Hits of one sentence: of the phrases of a topic that overlap, the first and longest."""
        covered: dict[str, int] = {}  # topic -> where its last phrase ended
        seen: dict[int, int] = {}  # combined phrase -> which of its parts occurred
        for position, key, entries in self._table.find(tokens):
            for number, bit in self._parts.get(key, ()):
                seen[number] = seen.get(number, 0) | bit
            for slug, groups in entries:
                group = _group(groups, in_title=sentence == 0)
                if group is None or position < covered.get(slug, 0):
                    continue
                covered[slug] = position + len(key)
                if group != "except":
                    yield Hit(slug, " ".join(key), group, sentence)
        for number, bits in seen.items():
            slug, phrase, group, complete = self._combined[number]
            if bits == complete:
                yield Hit(slug, phrase, group, sentence)


def _parts_of(title: str, abstract: str) -> Iterator[str]:
    yield title
    yield from sentences(abstract[:LONGEST_TEXT])


def _group(groups: frozenset[str], *, in_title: bool) -> str | None:
    """The group in which a phrase counts; None for one that counts only in titles."""
    if "except" in groups:
        return "except"
    if in_title and "title" in groups:
        return "sure"
    return next((group for group in GROUP_WEIGHTS if group in groups), None)


def _weigh(hits: Iterable[Hit], sentence_count: int) -> dict[str, Evidence]:
    phrases: dict[str, dict[str, float]] = {}
    best: dict[str, dict[int, float]] = {}  # per topic and sentence
    mentions: dict[str, float] = {}
    for hit in hits:
        weight = GROUP_WEIGHTS[hit.group]
        counted = weight if hit.sentence else _TITLE_MENTION * weight
        mentions[hit.slug] = mentions.get(hit.slug, 0.0) + counted
        known = phrases.setdefault(hit.slug, {})
        known[hit.phrase] = max(weight, known.get(hit.phrase, 0.0))
        places = best.setdefault(hit.slug, {})
        places[hit.sentence] = max(weight, places.get(hit.sentence, 0.0))
    in_title = {slug: places.pop(0, 0.0) for slug, places in best.items()}
    in_abstract = {slug: sum(places.values()) for slug, places in best.items()}
    shown = in_abstract if sentence_count else in_title
    # A title is worth six sentences: it is what its authors would say if they had one line.
    totals = {slug: 6 * in_title[slug] + in_abstract[slug] for slug in phrases}
    most = max(totals.values(), default=1.0)
    full = max(1, sentence_count) * GROUP_WEIGHTS["sure"]
    all_mentions = sum(mentions.values())
    return {
        slug: Evidence(
            distinct=math.log1p(sum(known.values())),
            coverage=shown[slug] / full,
            share=totals[slug] / most,
            part=mentions[slug] / all_mentions,
        )
        for slug, known in phrases.items()
    }


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))
