import quopri
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.render.quoted_printable import decode, encode

WORDS = st.sampled_from(
    ["a", " ", "  ", "\t", "\n", "\r", "\r\n", ".", "From ", "=", "é", "漢字", "🙂", "x" * 74, "--"]
)
TEXTS = st.lists(WORDS, max_size=60).map("".join) | st.text()


def unified(text):
    return text.replace("\r\n", "\n")


@given(TEXTS)
@example("." * 200)
@example("From " * 40)
@example("=" * 76)
@example("x" * 76)
@example("x" * 75 + "\n")
def test_the_standard_library_decodes_what_we_encode(text):
    assert quopri.decodestring(encode(text)) == unified(text).replace("\n", "\r\n").encode()
    assert decode(encode(text)) == unified(text)


@given(TEXTS)
@example("x" * 74 + ". From")
def test_lines_are_short_seven_bit_and_never_need_stuffing(text):
    encoded = encode(text)
    assert encoded == b"" or encoded.endswith(b"\r\n")
    for line in encoded.split(b"\r\n"):
        assert len(line) <= 76
        assert re.fullmatch(rb"[ -~]*", line)
        assert not line.startswith((b".", b"From "))


@given(TEXTS)
def test_the_relaxed_form_of_dkim_is_the_text_itself(text):
    encoded = encode(text)
    assert b"  " not in encoded
    assert b"\t" not in encoded
    assert b" \r\n" not in encoded


@given(st.lists(TEXTS, max_size=8))
def test_fragments_join_anywhere(texts):
    assert quopri.decodestring(b"".join(map(encode, texts))) == b"".join(
        unified(text).replace("\n", "\r\n").encode() for text in texts
    )


@given(st.lists(TEXTS, max_size=8))
def test_joined_fragments_are_still_free_of_double_blanks(texts):
    assert not re.search(rb"[ \t]{2}|[ \t]\r\n", b"".join(map(encode, texts)))


def test_a_fragment_ends_softly_unless_its_text_ends_a_line():
    assert encode("7 papers") == b"7 papers=\r\n"
    assert encode("7 papers\n") == b"7 papers\r\n"
    assert encode("") == b""
    assert encode("\n") == b"\r\n"


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(UnicodeEncodeError):
        encode("\ud83d")
