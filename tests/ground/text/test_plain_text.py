from itertools import pairwise
from unicodedata import is_normalized

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ground.text.plain_text import clean, columns, shorten, wrap

TEXTS = st.text() | st.lists(st.sampled_from(["漢字", "word", "x" * 90, "🙂"])).map(" ".join)


@given(TEXTS)
def test_clean_text_is_one_line_that_can_be_encoded_and_stays_clean(text):
    cleaned = clean(text)
    cleaned.encode()
    assert cleaned == clean(cleaned) == " ".join(cleaned.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\n\t b", "a b"),
        ("a\x00b\x1b[31m", "ab[31m"),
        ("\u202egnp.exe", "gnp.exe"),
        ("zero\u200bwidth \U0001ffff", "zerowidth"),
        ("half \ud83d", "half"),
        ("👩‍🔬", "👩‍🔬"),
        ("Füße", "Füße"),
    ],
)
def test_what_could_do_harm_goes_and_the_rest_stays(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    "title", ["Cafe\u0301", "A\u030angstro\u0308m", "\u1112\u1161\u11ab", "Caf\u200be\u0301"]
)
def test_characters_are_shown_composed(title):
    shown = clean(title)
    assert is_normalized("NFC", shown)
    assert len(shown) < len(title)


@given(TEXTS.map(clean), st.integers(2, 80))
def test_a_shortened_text_is_a_beginning_and_says_so(text, limit):
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def test_texts_are_cut_between_words():
    assert shorten("Forgetting on Purpose, Again", 22) == "Forgetting on…"
    assert shorten("x" * 30, 10) == "x" * 9 + "…"


@given(TEXTS.map(clean), st.integers(0, 10))
def test_wrapping_keeps_the_width_and_loses_nothing(text, indent):
    wrapped = wrap(text, indent=indent)
    first, *others = wrapped.split("\n")
    assert columns(first) <= 72 - indent
    assert all(line.startswith(" " * indent) and columns(line) <= 72 for line in others)
    assert "".join(wrapped.split()) == "".join(text.split())


@given(st.lists(st.text("abc", min_size=1, max_size=80)), st.integers(0, 10))
def test_a_line_takes_every_word_that_fits(words, indent):
    lines = wrap(" ".join(words), indent=indent).split("\n" + " " * indent)
    for line, follower in pairwise(lines):
        assert columns(f"{line} {follower.split()[0]}") > 72 - indent


def test_wide_characters_take_two_columns():
    assert columns("漢字ab") == 6
    assert wrap("漢字" * 30).split("\n")[0] == "漢字" * 18
