"""Text of strangers on a terminal, and in JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ground.text.printable import printable, printable_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Plain, with ümlauts and 漢字", "Plain, with ümlauts and 漢字"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("two\nlines\r\n", r"two\nlines\r\n"),
        ("\x9b2J", r"\x9b2J"),
        ("\u202etxt.exe", r"\u202etxt.exe"),
        ("a\u2028b\x85c", r"a\u2028b\x85c"),
        ("no \udcff UTF-8", r"no \udcff UTF-8"),
        ("[bold]x[/bold] :smile:", "[bold]x[/bold] :smile:"),
    ],
)
def test_what_steers_a_terminal_is_shown_as_an_escape(text, shown):
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_it_is_one_line_that_can_be_written_and_again_the_same(text):
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert shown.encode().decode() == shown
    assert printable(shown) == shown


@given(st.recursive(st.text(st.characters()), lambda inner: st.lists(inner)))
def test_json_says_the_same_and_steers_nothing(value):
    text = printable_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(text) == value
    assert printable(text) == text
