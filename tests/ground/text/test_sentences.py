from hypothesis import given
from hypothesis import strategies as st

from digest.ground.text.sentences import sentences


def test_sentences_end_at_full_stops_question_marks_and_closing_quotes():
    text = 'First one. Is it second? "Third!" Fourth (in brackets.) Rest without an end'
    assert list(sentences(text)) == [
        "First one.",
        "Is it second?",
        '"Third!"',
        "Fourth (in brackets.)",
        "Rest without an end",
    ]


def test_abbreviations_initials_and_decimals_end_no_sentence():
    text = "As Doe et al. Found, e.g. Smith, J. Roe gains 3.5 points, i.e. a lot. Then more."
    assert len(list(sentences(text))) == 2


def test_a_full_stop_before_a_small_letter_ends_no_sentence():
    assert len(list(sentences("It runs on approx. five machines."))) == 1


def test_an_empty_text_has_no_sentence():
    assert list(sentences(" \n ")) == []


@given(st.text(alphabet='ab .!?\n"(e.g)A1', max_size=200))
def test_no_character_but_blanks_is_lost(text):
    assert "".join(sentences(text)).replace(" ", "") == "".join(text.split())
