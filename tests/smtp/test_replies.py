"""Replies out of a byte stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.smtp.replies import LONGEST_LINE, BrokenError, ReplyReader, one_line, reply_text


def read_all(reader):
    replies = []
    while (reply := reader.next()) is not None:
        replies.append((reply[0], reply_text(reply[1])))
    return replies


@given(st.lists(st.integers(0, 60), max_size=6))
def test_replies_do_not_depend_on_how_the_bytes_were_cut(cuts):
    stream = b"250-one\r\n250-two\r\n250 three\r\n354\r\n450 4.2.2 full\n550 \r\n"
    reader, replies, start = ReplyReader(), [], 0
    for cut in [*sorted(cuts), len(stream)]:
        reader.feed(stream[start:cut])
        replies += read_all(reader)
        start = max(start, cut)
    assert replies == [(250, "one two three"), (354, ""), (450, "4.2.2 full"), (550, "")]
    assert not reader.unread


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\r\n",
        b"25 x\r\n",
        b"250+x\r\n",
        b"650 x\r\n",
        b"150 x\r\n",
        b"\r\n",
        b"250-a\r\nb\r\n",
    ],
)
def test_what_is_no_reply_breaks_the_connection(garbage):
    reader = ReplyReader()
    reader.feed(b"250 ok\r\n" + garbage)
    assert reader.next() == (250, b"250 ok\r\n")
    with pytest.raises(BrokenError, match="no SMTP reply"):
        reader.next()


@pytest.mark.parametrize("endless", [b"250 " + b"x" * LONGEST_LINE, b"250-abc\r\n" * LONGEST_LINE])
def test_a_reply_without_an_end_breaks_the_connection(endless):
    reader = ReplyReader()
    reader.feed(endless)
    with pytest.raises(BrokenError, match="without an end"):
        reader.next()


@given(st.binary(max_size=2000))
def test_any_bytes_become_one_short_printable_line(raw):
    for line in (one_line(raw), reply_text(b"550 " + raw)):
        assert len(line) <= 500
        assert line.isprintable()


def test_control_characters_leave_a_reply():
    assert reply_text(b"550 5.1.1 \x1b[31mno\tsuch\x00 user\r\n") == "5.1.1 [31mno such user"
