import pytest

from digest.ground.text.phrases import PhraseTable


def test_at_one_place_the_longest_phrase_comes_first():
    table = PhraseTable({("a",): 1, ("a", "b"): 2, ("b", "c"): 3})
    assert list(table.find(["x", "a", "b", "c"])) == [
        (1, ("a", "b"), 2),
        (1, ("a",), 1),
        (2, ("b", "c"), 3),
    ]


def test_a_phrase_that_the_text_cuts_off_is_not_found():
    assert list(PhraseTable({("a", "b"): 1}).find(["a"])) == []


def test_an_empty_phrase_is_refused():
    with pytest.raises(ValueError, match="empty phrase"):
        PhraseTable({(): 1})
