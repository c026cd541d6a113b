import pytest

from tests.interests.knowledge import shipped, small


def test_how_rare_a_term_is_comes_from_the_papers_read():
    learnt = small().learnt
    assert learnt.rarity("often") < learnt.rarity("tree") < learnt.rarity("unheard")
    assert learnt.is_name("tree", "prune")
    assert not learnt.is_name("bee", "honey")


@pytest.mark.parametrize(
    ("word", "meant"),
    [("reinforcment", "reinforc"), ("quantizaton", None), ("zzzzzzz", None), ("gpt", None)],
)
def test_one_slip_is_corrected(word, meant):
    correct = shipped().speller.correct
    assert correct(word) is None or meant is not None


def test_the_shipped_names_have_no_form_twice():
    names = shipped().names
    assert not names.longest_at(["zzz"], 0)
    assert names.longest_at(["kv", "cach", "compress"], 0) == ("kv", "cach", "compress")
