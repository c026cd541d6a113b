from dataclasses import replace

from digest.app.compiled.evidence import Evidence, find_topic_words
from digest.interests.relevance import InterestIndex
from digest.model import Candidate, Edition, Paper, Reason, ReasonKind, Trend
from tests.factories import DAY, NOON
from tests.interests.knowledge import shipped

PAPER = Paper(
    7,
    "KV Cache Eviction for Speculative Decoding",
    "We propose an eviction of the KV cache. Speculative decoding becomes twice as fast.",
)


def evidence(files) -> Evidence:
    paper = replace(PAPER, topics=files.classifier.classify(PAPER.title, PAPER.abstract))
    edition = Edition(DAY, NOON, "example.org", (Candidate(paper, Trend(0.5, 1, 1, 0)),))
    words = find_topic_words(edition, files.classifier)
    return Evidence(edition, lambda: words, InterestIndex([paper], shipped))


def test_the_words_of_a_topic_are_those_of_the_paper_as_it_writes_them(files):
    found = evidence(files)(7, Reason(ReasonKind.TOPIC, "inference"))
    assert found
    text = f"{PAPER.title} {PAPER.abstract}"
    assert all(words in text for words in found)


def test_the_words_of_an_interest_are_those_that_the_paper_has(files):
    found = evidence(files)(7, Reason(ReasonKind.INTEREST, "speculative decoding"))
    assert found == ["Speculative Decoding"]


def test_other_reasons_and_phrases_that_say_nothing_have_no_words(files):
    find = evidence(files)
    assert find(7, Reason(ReasonKind.TRENDING)) == ()
    assert find(7, Reason(ReasonKind.TOPIC, "no-such-topic")) == ()
    assert find(7, Reason(ReasonKind.INTEREST, "the of and")) == ()
