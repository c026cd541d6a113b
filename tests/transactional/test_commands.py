from hypothesis import given
from hypothesis import strategies as st

from digest.transactional.commands import said


def test_a_command_is_marked_in_html_and_quoted_in_text():
    found = said("See `digest status`, or run `digest send --date <day>`.")
    assert found.text == "See “digest status”, or run “digest send --date <day>”."
    assert found.html == (
        "See <code>digest status</code>, or run <code>digest send --date &lt;day&gt;</code>."
    )


@given(st.text("`ab<& \n"))
def test_no_backtick_and_no_markup_of_others_is_left(text):
    found = said(text)
    assert "`" not in str(found)
    assert "`" not in found.html
    assert not {"<a", "<b", "<&", "< "} & {found.html[at : at + 2] for at in range(len(found.html))}
