import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InputError
from digest.interests.phrases import LONGEST_INTEREST, parse_interest, take_apart


def test_free_text_becomes_stems_without_stop_words():
    assert parse_interest("  pruning of the   models ").words == ("prune", "model")


def test_quoted_phrases_and_exclusions_are_kept_apart():
    interest = parse_interest('fast "KV cache" decoding -vision -"state space"')
    assert interest.words == ("fast", "kv", "cach", "decod")
    assert interest.quoted == (("kv", "cach"),)
    assert interest.excluded == (("vision",), ("state", "space"))
    assert interest.wanted == "fast KV cache decoding"


def test_a_hyphen_inside_a_word_excludes_nothing():
    assert parse_interest("fine-tuning - and text-to-SQL").excluded == ()


def test_a_quotation_mark_without_its_partner_is_ignored():
    assert parse_interest('sparse "attention').words == ("spars", "attent")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ("the of and", "no word to look for"),
        ("?!... --- ***", "no word to look for"),
        ("-agents", "only says what to leave out"),
        ("x" * 10_000, f"at most {LONGEST_INTEREST} characters"),
    ],
)
def test_what_cannot_be_an_interest_is_refused_in_clear_words(text, reason):
    with pytest.raises(InputError) as caught:
        parse_interest(text)
    assert reason in str(caught.value)
    assert caught.value.hint


def test_characters_of_regular_expressions_are_plain_text():
    assert parse_interest(r"agents (.*)+ [a-z]{9999} \d$").words[0] == "agent"


@given(st.text(max_size=400))
def test_any_text_can_be_taken_apart(text):
    interest = take_apart(text)
    assert len(interest.text) <= LONGEST_INTEREST
    assert all(interest.words)
