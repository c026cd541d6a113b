import numpy as np

from digest.interests.likeness import Meanings, Topics, meanings
from digest.interests.positions import passages_of
from tests.interests.knowledge import small

KNOWN = small()


def test_words_that_go_together_are_alike():
    papers = [passages_of("Honey", ""), passages_of("Trees", ""), passages_of("Nothing", "")]
    likeness = Meanings(meanings(papers, KNOWN.learnt), KNOWN.learnt).to_words(["bee"])
    assert likeness[0] > 0.9
    assert likeness[1:].tolist() == [0, 0]


def test_papers_are_like_those_that_answer_for_sure():
    papers = [passages_of(title, "") for title in ("Honey", "Bees", "Trees")]
    found = Meanings(meanings(papers, KNOWN.learnt), KNOWN.learnt)
    assert found.to_papers(np.array([1.0, 0, 0]))[1] > 0.9
    assert not found.to_papers(np.zeros(3)).any()


def test_a_topic_of_all_papers_tells_nothing():
    papers = [{"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 1.0}, *[{"a": 1.0}] * 4]
    likeness = Topics(papers).to_papers(np.array([1.0, 0, 0, 0, 0, 0]))
    assert likeness[1] > 0.9
    assert not likeness[2:].any()


def test_papers_without_topics_are_like_none():
    assert Topics([{}, {}]).to_papers(np.ones(2)).tolist() == [0, 0]
    assert Topics([]).to_papers(np.zeros(0)).tolist() == []
