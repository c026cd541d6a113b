import pytest

from digest.errors import InputError
from digest.interests.mentions import Mentions, check_muted


def test_a_phrase_is_found_where_its_stems_follow_each_other():
    mentions = Mentions([(["a", "b"], ["c"]), (["b"], ["a", "c"])])
    assert mentions.of(("a", "b")).tolist() == [True, False]
    assert mentions.of(("a",)).tolist() == [True, True]
    assert mentions.of(("b", "c")).tolist() == [False, False]
    assert mentions.of(()).tolist() == [False, False]
    assert mentions.of(("z",)).tolist() == [False, False]


@pytest.mark.parametrize("phrase", ["", "  ", "!?", "-", "x" * 201])
def test_a_muted_phrase_needs_a_word_and_an_end(phrase):
    with pytest.raises(InputError):
        check_muted(phrase)


@pytest.mark.parametrize("phrase", ["study", "the", "GPT-4", "diffusion", "千灯"])
def test_any_word_can_be_muted(phrase):
    check_muted(phrase)
