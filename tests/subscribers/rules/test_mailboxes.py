"""A line of a list of members holds one mailbox, or it is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.subscribers.rules.mailboxes import split_mailbox


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("ann@example.org", ("", "ann@example.org")),
        ("  ann@example.org \r\n", ("", "ann@example.org")),
        ("<ann@example.org>", ("", "ann@example.org")),
        ("Ann Smith <ann@example.org>", ("Ann Smith", "ann@example.org")),
        ('"Smith, Ann" <ann@example.org>;', ("Smith, Ann", "ann@example.org")),
        ("ann@example.org (Ann Smith)", ("Ann Smith", "ann@example.org")),
    ],
)
def test_a_mailbox_is_taken_apart(text, mailbox):
    assert split_mailbox(text) == mailbox


@pytest.mark.parametrize(
    "text",
    [
        *("", "Ann", "ann@example.org,Ann", "Ann <ann@example.org>, Bob <bob@example.org>"),
        *("a@b c@d", "fay@example.org (unsubscribed)", "unsubscribed: gus@example.org"),
        *("hal@example.org unsubscribed", "#ann@example.org", "(left) Ann <ann@example.org>"),
    ],
)
def test_more_or_less_than_one_is_none(text):
    assert split_mailbox(text) is None


@given(st.text(alphabet='<>@,;:"\\()[] \r\n\tab.', max_size=40))
def test_any_text_has_an_answer(text):
    found = split_mailbox(text)
    assert found is None or "@" in found[1]
