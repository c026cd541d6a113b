"""No spreadsheet runs a cell of ours, and every cell comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.subscribers.rules.spreadsheet_cells import harmless, restored

TEXTS = st.text(st.one_of(st.sampled_from("=+-@\t\r\n;' ,=＋'x"), st.characters(codec="utf-8")))  # noqa: RUF001


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+49", "-x", "@SUM(A1)", "\tx", "\rx", "  =1", "'=1", "=HYPERLINK()", "＝1"],  # noqa: RUF001
)
def test_what_a_spreadsheet_runs_is_made_text(text):
    assert harmless(text) == f"'{text}"
    assert restored(harmless(text)) == text


def test_a_cell_within_our_cell_is_made_text_too():
    assert harmless("small models;=cmd;x") == "small models;'=cmd;x"


@pytest.mark.parametrize("text", ["", "Ann", "O'Hara", "'quoted'", "a=b", "1-2", "ann@example.org"])
def test_what_is_harmless_stays_as_it_is(text):
    assert harmless(text) == restored(text) == text


@given(TEXTS)
def test_every_cell_comes_back(text):
    assert restored(harmless(text)) == text


@given(TEXTS)
def test_no_cell_begins_with_what_is_run(text):
    for cell in harmless(text).replace("\n", ";").replace("\r", ";").split(";"):
        assert cell.lstrip(" ")[:1] not in tuple("=+-@\t＝＋－＠")  # noqa: RUF001
