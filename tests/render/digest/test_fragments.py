import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ComposeError
from digest.render.digest.fragments import Block, Fragment, Placeholders
from digest.render.quoted_printable import decode, encode

TEXTS = st.sampled_from(["", "%", "%b", "\n", "x" * 80, " ", ".", "é"]) | st.text(max_size=20)
MARKS = Placeholders(["all", "texts"])


@given(st.lists(TEXTS, min_size=1, max_size=5), TEXTS)
def test_a_filled_fragment_reads_like_the_filled_text(pieces, value):
    block = Block([piece.replace("\r", "") for piece in pieces], ["slot"] * (len(pieces) - 1))
    value = value.replace("\r", "")
    fragment = Fragment(block)
    filled = b"".join(fragment.fill({"slot": encode(value)}))
    assert decode(filled) == block.fill({"slot": value})
    assert len(filled) == fragment.filled_size({"slot": len(encode(value))})


def test_a_text_is_cut_into_blocks_within_blocks():
    inner = MARKS.block("card1", f"<b>{MARKS.value('reason')}</b>") + MARKS.block("card2", "two")
    blocks = MARKS.cut(f"<p>{MARKS.block('cards', inner)}</p>{MARKS.value('name')}", "body")
    assert blocks["body"] == Block(["<p>", "</p>", ""], ["cards", "name"])
    assert blocks["card1"] == Block(["<b>", "</b>"], ["reason"])
    assert blocks["card2"] == Block(["two"], [])


def test_a_block_that_is_shown_twice_is_refused():
    with pytest.raises(ComposeError, match="`cards` twice"):
        MARKS.cut(MARKS.block("cards", "") * 2, "body")


@pytest.mark.parametrize("change", [str.upper, lambda mark: mark[:-3], str.title])
def test_a_changed_mark_is_noticed(change):
    with pytest.raises(ComposeError, match="changes a personal value"):
        MARKS.cut(change(MARKS.value("reason")), "body")


def test_marks_follow_from_all_texts():
    assert Placeholders(["ab", "c"]).value("x") != Placeholders(["a", "bc"]).value("x")
    assert Placeholders(["\ud800"]).value("x") == Placeholders(["\ud800"]).value("x")
