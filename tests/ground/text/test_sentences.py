import time

import pytest
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


@pytest.mark.parametrize(
    "whole",
    [
        "As Doe et al. Found, e.g. Smith, J. Roe gains 3.5 points, i.e. a lot.",
        "It gives an average of 1.69x more than Fig. 3 and Eq. 12 in Sec. 4.1 promise.",
        "We compare A vs. B, cf. Table 2, on approx. five machines.",
        "Dr. GRPO and Prof. Doe agree, i.e. The Pile is large.",
        "See https://example.org/a.b/c?d=1.5 for the v1.0.2 code.",
        "Special tokens such as <RET>. are kept (see Fig. 2. Also Sec. 3) as they are.",
        "The U.S. Congress, the Ph.D. Thesis and a.k.a. Names stay together.",
        "The answer is no. 5 of the list.",
        "Waiting... and waiting goes on.",
        "1. We count what there is.",
        "Under i.i.d. Gaussian noise, K. Pearson wins.",
        "Yahoo! Answers is used.",
    ],
)
def test_what_is_one_sentence_stays_one(whole):
    assert list(sentences(whole)) == [whole]
    assert list(sentences(f"{whole} We go on.")) == [whole, "We go on."]


@pytest.mark.parametrize(
    "pair",
    [
        ("It scores 52.7%.", "Our code is open."),
        ("It was tried in 2020.", "We go on."),
        ("This follows Doe et al.", "We go on."),
        ("It has queues, stacks, etc.", "Each is fast."),
        ("The answer is no.", "However, we tried."),
        ("It depends on k.", "We show how."),
        ("That is what we use.", "vLLM is faster."),
        ("So are others.", "mPLUG-Owl wins."),
        ("It is done.", "\u201cQuotes begin another.\u201d"),
        ("It is cheap (under $5).", "(This is not.)"),
        ("It keeps <RET>.", "<EOS> ends it."),
        ("Models think\u2026", "We do not."),
    ],
)
def test_what_is_two_sentences_becomes_two(pair):
    assert list(sentences(" ".join(pair))) == list(pair)


def test_a_missing_blank_before_a_usual_first_word_is_seen():
    assert list(
        sentences("It is hard.We show how. It uses torch.nn.Module and Node.js daily.")
    ) == [
        "It is hard.",
        "We show how.",
        "It uses torch.nn.Module and Node.js daily.",
    ]


def test_other_scripts_end_their_sentences():
    assert list(sentences("\u6211\u5011\u3002\u4f60\u5011\uff1f")) == [
        "\u6211\u5011\u3002",
        "\u4f60\u5011\uff1f",
    ]


def test_an_empty_text_has_no_sentence():
    assert list(sentences(" \n ")) == []


@given(st.text(alphabet='ab .!?\n"(e.g)A1W\u2026<>', max_size=200) | st.text(max_size=100))
def test_no_character_but_blanks_is_lost(text):
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@given(
    st.lists(st.sampled_from(["1.69x", "3.5", "e.g.", "We", "go.", "Fig.", "2", "(a", "b)", "x."]))
)
def test_no_number_is_torn(words):
    text = " ".join(words)
    assert " ".join(sentences(text)).split() == words


def test_endless_text_takes_little_time():
    start = time.perf_counter()
    for text in ("e.g. " * 20_000, "(. " * 30_000, "." * 100_000, "A. " * 30_000, "a) " * 30_000):
        list(sentences(text))
    assert time.perf_counter() - start < 3


def test_abbreviations_initials_and_decimals_end_no_sentence():
    text = "As Doe et al. Found, e.g. Smith, J. Roe gains 3.5 points, i.e. a lot. Then more."
    assert len(list(sentences(text))) == 2


def test_a_full_stop_before_a_small_letter_ends_no_sentence():
    assert len(list(sentences("It runs on approx. five machines."))) == 1
