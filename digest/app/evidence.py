"""The words in a paper that speak for its topics, or for an interest; found once a paper."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from digest.errors import InputError
from digest.ground.text.plain_text import clean
from digest.interests.relevance import InterestIndex
from digest.model import Edition, Paper, Reason, ReasonKind
from digest.topics.classifier import Classifier
from digest.topics.facts import Hit

_MOST_WORDS = 3
_KEPT = 4096


class Evidence:
    """Finds words in the papers of one edition, for the reasons of their picks."""

    def __init__(self, edition: Edition, classifier: Classifier, index: InterestIndex) -> None:
        self._papers = {one.paper.id: one.paper for one in edition.candidates}
        self._place = {one.paper.id: place for place, one in enumerate(edition.candidates)}
        self._classifier = classifier
        self._index = index
        self._of_topics = lru_cache(_KEPT)(self._find_of_topics)
        self._of_interest = lru_cache(_KEPT)(self._find_of_interest)

    def __call__(self, paper_id: int, reason: Reason) -> Sequence[str]:
        """Return the words; none for reasons that are about something else."""
        if reason.kind is ReasonKind.TOPIC:
            return self._of_topics(paper_id).get(reason.subject, ())
        if reason.kind is ReasonKind.INTEREST:
            return self._of_interest(paper_id, reason.subject)
        return ()

    def _find_of_topics(self, paper_id: int) -> dict[str, Sequence[str]]:
        paper = self._papers[paper_id]
        text = _text_of(paper)
        found: dict[str, Sequence[str]] = {}
        for slug, hits in self._classifier.hits(paper.title, paper.abstract).items():
            phrases = dict.fromkeys(hit.phrase for hit in sorted(hits, key=_telling))
            written = (_as_written(text, phrase) for phrase in phrases)
            found[slug] = list(islice(filter(None, written), _MOST_WORDS))
        return found

    def _find_of_interest(self, paper_id: int, phrase: str) -> Sequence[str]:
        try:
            found = self._index.words(phrase, self._place[paper_id])
        except InputError:  # stored before such a phrase was refused
            return ()
        text = _text_of(self._papers[paper_id])
        return [written for one in found if (written := _as_written(text, one))]


def _text_of(paper: Paper) -> str:
    return clean(f"{paper.title} . {paper.abstract}")


def _telling(hit: Hit) -> tuple[bool, int, int]:
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
