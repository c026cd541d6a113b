from digest.evaluation.rules.baselines import bag, plain_bm25, tfidf_similarity
from digest.model import Paper

PAPERS = [Paper(1, "Bees", "Honey and hives."), Paper(2, "Trees", "Apples and pears.")]


def test_plain_rankers_find_the_paper_with_the_word():
    assert plain_bm25(PAPERS).score(bag("honey")).argmax() == 0
    assert [column.argmax() for column in tfidf_similarity(PAPERS, ["apples", "hives"])] == [1, 0]


def test_a_phrase_of_no_paper_is_like_none():
    assert not tfidf_similarity(PAPERS, ["zebra"])[0].any()
