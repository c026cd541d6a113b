"""How well the papers of an edition match an interest that a reader typed.

Three signals are added (see docs/why/relevance.md): BM25 over stems and pairs
of neighbouring stems, with the title counting several times; the catalogue's families as synonyms;
and the topics that the interest names.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from digest.ground.text.phrases import Key, PhraseTable
from digest.ground.text.words import content, tokens
from digest.interests.mentions import Bools, Mentions
from digest.interests.phrases import Interest, parse_interest, take_apart
from digest.interests.postings import Floats, Postings, terms_of
from digest.model import Paper
from digest.topics.classifier import Classifier

__all__ = ["MATCH", "Interest", "InterestIndex", "parse_interest"]

MATCH = 0.47  # from here on a reader would agree that a paper matches the interest

_TITLE_WEIGHT = 3.0
_K1 = 1.2
_B = 0.5
_COMMON_WEIGHT = 0.2
_PAIR_WEIGHT = 0.3
_SYNONYM_WEIGHT = 0.6
_TOPIC_WEIGHT = 0.3
_SURE_WEIGHT = 4.0  # of a sure phrase in the interest; a hint counts one
_FULL_IMPACT = 1.5  # the BM25 impact of a word that a paper is about
_MOST = 2.0  # what more and more occurrences come close to; the order stays

# Words of nearly every paper here: they must not decide, however rare in a small edition.
_COMMON = frozenset(
    tokens(
        "large language model models LLM method approach task text paper system performance "
        "learning neural network data technique application analysis benchmark efficient training "
        "inference"
    )
)


class InterestIndex:
    """The papers of one edition, ready to be scored against any number of interests.

    Immutable, and safe in any number of threads. Making it takes about 1 ms a paper.
    """

    def __init__(self, papers: Sequence[Paper], classifier: Classifier) -> None:
        self._size = len(papers)
        self._classifier = classifier
        titles = [tokens(paper.title) for paper in papers]
        abstracts = [tokens(paper.abstract) for paper in papers]
        self._mentions = Mentions(list(zip(titles, abstracts, strict=True)))
        pairs = zip(map(content, titles), map(content, abstracts), strict=True)
        self._postings = Postings(
            [terms_of(*pair, title_weight=_TITLE_WEIGHT) for pair in pairs], k1=_K1, b=_B
        )
        self._topics = _topic_columns(papers, classifier)
        synonyms: dict[Key, set[Key]] = {}
        for family in classifier.catalogue.families:
            for key in family:
                synonyms.setdefault(key, set()).update(family - {key})
        self._synonyms = PhraseTable({key: sorted(others) for key, others in synonyms.items()})

    def scores(self, phrase: str) -> Floats:
        """How well each paper matches, in [0, 1], in the order of the papers; 0 is no match.

        At least MATCH: a reader would agree that it matches. A phrase that `parse_interest`
        refuses for want of words matches nothing; a longer one is cut.
        """
        interest = take_apart(phrase)
        if not interest.words or not self._size:
            return np.zeros(self._size, dtype=np.float32)
        words = self._words(interest)
        lexical = self._postings.score(words | self._pairs(interest) | self._others(interest))
        full = _FULL_IMPACT * sum(w * self._postings.weight(word) for word, w in words.items())
        lexical = lexical / np.float32(full)
        lexical = lexical / (1 + lexical / np.float32(_MOST))
        total = (lexical + _TOPIC_WEIGHT * self._of_its_topics(interest)) / (_MOST + _TOPIC_WEIGHT)
        allowed = self._allowed(interest)
        # The root brings a full match to about 0.7, where a topic's confidence would be.
        total = np.sqrt(total)
        # Rounded, so that a last bit that differs between machines does not change an order.
        return np.where(allowed, np.round(total, 4), 0).astype(np.float32)

    def mentions(self, phrase: str) -> Bools:
        """Whether each paper has the phrase, stemmed, in its title or abstract: the muted test."""
        return self._mentions.of(tuple(tokens(phrase)))

    def _words(self, interest: Interest) -> dict[str, float]:
        return {word: _COMMON_WEIGHT if word in _COMMON else 1.0 for word in interest.words}

    def _pairs(self, interest: Interest) -> dict[str, float]:
        return {
            f"{a} {b}": _PAIR_WEIGHT * (_COMMON_WEIGHT if {a, b} & _COMMON else 1.0)
            for a, b in pairwise(interest.words)
        }

    def _others(self, interest: Interest) -> dict[str, float]:
        """Other words for what the interest names, as far as it does not use them itself."""
        found: dict[str, float] = {}
        for _, _, others in self._synonyms.find(interest.words):
            for key in others:
                pairs = [f"{a} {b}" for a, b in pairwise(key)]
                for term in pairs or key:
                    weight = _SYNONYM_WEIGHT / max(1, len(pairs))
                    found[term] = max(weight, found.get(term, 0.0))
        own = self._words(interest) | self._pairs(interest)
        return {term: max(weight, own.get(term, 0.0)) for term, weight in found.items()}

    def _of_its_topics(self, interest: Interest) -> Floats:
        """How sure each paper belongs to the topics that the interest names, in [0, 1]."""
        named: dict[str, float] = {}
        for judged in self._classifier.judge(interest.wanted, ""):
            sure = sum(_SURE_WEIGHT if hit.sure else 1.0 for hit in judged.hits)
            named[judged.slug] = sure
        total = np.zeros(self._size, dtype=np.float32)
        for slug, weight in named.items():
            total += np.float32(weight / sum(named.values())) * self._topics[slug]
        return total

    def _allowed(self, interest: Interest) -> Bools:
        allowed = np.ones(self._size, dtype=np.bool_)
        for key in interest.quoted:
            allowed &= self._mentions.of(key)
        for key in interest.excluded:
            allowed &= ~self._mentions.of(key)
        return allowed


def _topic_columns(papers: Sequence[Paper], classifier: Classifier) -> dict[str, Floats]:
    topics = classifier.catalogue.topics
    columns = {topic.slug: np.zeros(len(papers), dtype=np.float32) for topic in topics}
    for number, paper in enumerate(papers):
        for judged in classifier.judge(paper.title, paper.abstract):
            columns[judged.slug][number] = judged.confidence
    return columns
