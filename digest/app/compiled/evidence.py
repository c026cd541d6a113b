"""The words in a paper that speak for its topics, or for an interest; found once a paper."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from digest.errors import InputError
from digest.ground.text.plain_text import clean
from digest.model import Edition, Paper, Reason, ReasonKind
from digest.topics.former_slugs import all_current

if TYPE_CHECKING:
    from digest.interests.relevance import InterestIndex
    from digest.topics.classifier import Classifier
    from digest.topics.facts import Hit

_MOST_WORDS = 3
_KEPT = 4096


TopicWords = Mapping[int, Mapping[str, Sequence[str]]]  # by paper id, then by slug


class Evidence:
    """Finds words in the papers of one edition, for the reasons of their picks.

    topic_words: see `find_topic_words`; asked for with the first topic.
    """

    def __init__(
        self, edition: Edition, topic_words: Callable[[], TopicWords], index: "InterestIndex"
    ) -> None:
        self._papers = {one.paper.id: one.paper for one in edition.candidates}
        self._place = {one.paper.id: place for place, one in enumerate(edition.candidates)}
        self._topic_words = cache(topic_words)
        self._index = index
        self._of_interest = lru_cache(_KEPT)(self._find_of_interest)

    def __call__(self, paper_id: int, reason: Reason) -> Sequence[str]:
        """Return the words; none for reasons that are about something else."""
        if reason.kind is ReasonKind.TOPIC:
            return self._topic_words().get(paper_id, {}).get(reason.subject, ())
        if reason.kind is ReasonKind.INTEREST:
            return self._of_interest(paper_id, reason.subject)
        return ()

    def _find_of_interest(self, paper_id: int, phrase: str) -> Sequence[str]:
        try:
            found = self._index.words(phrase, self._place[paper_id])
        except InputError:  # stored before such a phrase was refused
            return ()
        text = _text_of(self._papers[paper_id])
        return [written for one in found if (written := _as_written(text, one))]


def find_topic_words(edition: Edition, classifier: "Classifier") -> TopicWords:
    """Return the words that speak for each topic that a paper of the edition has."""
    slugs = {topic.slug for topic in classifier.catalogue.topics}
    return {
        one.paper.id: _words_of_topics(one.paper, classifier, slugs) for one in edition.candidates
    }


def _words_of_topics(
    paper: Paper, classifier: "Classifier", slugs: Collection[str]
) -> dict[str, list[str]]:
    text, hits = _text_of(paper), classifier.hits(paper.title, paper.abstract)
    found = {}
    for slug in all_current(paper.topics, slugs):
        phrases = dict.fromkeys(hit.phrase for hit in sorted(hits.get(slug, ()), key=_telling))
        written = (_as_written(text, phrase) for phrase in phrases)
        found[slug] = list(islice(filter(None, written), _MOST_WORDS))
    return found


def _text_of(paper: Paper) -> str:
    return clean(f"{paper.title} . {paper.abstract}")


def _telling(hit: "Hit") -> tuple[bool, int, int]:
    """Order phrases by how much they tell: sure ones first, then longer ones, then earlier ones."""
    return not hit.sure, -hit.phrase.count(" "), hit.sentence


def _as_written(text: str, phrase: str) -> str:
    """Return a phrase as the text has it, capitals and all; "" when it stands there otherwise."""
    found = _pattern(phrase).search(text)
    return found.group() if found else ""


@lru_cache(_KEPT)
def _pattern(phrase: str) -> re.Pattern[str]:
    """Return what finds a phrase in any spelling; `re` itself keeps only a few hundred."""
    words = r"[\s-]+".join(f"{re.escape(word)}(?:e?s)?" for word in phrase.split())
    return re.compile(rf"\b{words}\b", re.IGNORECASE)
