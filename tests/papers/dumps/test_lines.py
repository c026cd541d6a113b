from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DumpError
from digest.papers.dumps.lines import read_lines


def chop(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[one:other] for one, other in pairwise(places)]


def texts(*chunks: bytes) -> list[str]:
    return [line.text for line in read_lines(chunks)]


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n\0\ufeff", codec="utf-8"))),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(0, 1000)),
)
def test_lines_come_out_as_they_went_in_however_the_bytes_are_cut(lines, end, cuts):
    data = "".join(line + end for line in lines).encode()
    found = list(read_lines(chop(data, cuts)))
    assert [line.text for line in found] == lines
    assert [line.number for line in found] == list(range(1, len(lines) + 1))
    assert all(line.ended for line in found)


def test_the_last_line_knows_that_it_has_no_end():
    assert [line.ended for line in read_lines([b"one\ntwo"])] == [True, False]


def test_a_byte_order_mark_is_dropped_at_the_start_only():
    assert texts("\ufeffone\n\ufefftwo".encode()) == ["one", "\ufefftwo"]


def test_only_line_ends_end_a_line():
    text = "a\u2028b\u0085c\x0bd\x0ce"
    assert texts(text.encode()) == [text]


def test_a_line_end_that_is_cut_in_two_is_one_line_end():
    assert texts(b"one\r", b"\ntwo") == ["one", "two"]


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"one\ntwo\0\n", 2, "NUL"),
        (b"one\n\xffabc\n", 2, "not UTF-8: an invalid start byte 0xff at byte 1"),
        ("one\nö".encode()[:-1], 2, "cut off in the middle of a character"),
        ("one\nö".encode()[:-1] + b"\n", 2, "not UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(data, line, reason):
    with pytest.raises(DumpError, match=reason) as caught:
        texts(data)
    assert caught.value.line == line


def test_a_line_without_end_takes_no_memory_without_end():
    chunk = "ö".encode() * 50_001
    first, second = read_lines([b"a", *[chunk] * 40, b"\nafter\n"])
    assert 400_000 < len(first.text) <= 550_000
    assert second.text == "after"
