"""One normal form for each address, or a refusal in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InputError
from digest.subscribers.rules.addresses import normalise

words = st.text(min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        ("ann@example.org", "ann@example.org"),
        ("  Ann.Smith+Papers@Example.ORG \n", "ann.smith+papers@example.org"),
        ("a@xn--bcher-kva.example", "a@bücher.example"),
        ("A@BÜCHER.example", "a@bücher.example"),
        ("u\N{COMBINING DIAERESIS}@example.org", "ü@example.org"),
        ("ann@mailhost", "ann@mailhost"),
        ("o'neil@example.org", "o'neil@example.org"),
    ],
)
def test_an_address_has_one_form(given_, stored):
    assert normalise(given_) == stored
    assert normalise(stored) == stored


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "@example.org",
        "ann@",
        "ann@@example.org",
        "Ann <ann@example.org>",
        "ann@example.org, bob@example.org",
        "ann@example.org\r\nBcc: bob@example.org",
        "ann@exa mple.org",
        "ann@-example.org",
        "ann\0@example.org",
        "ann\udcff@example.org",
        "a" * 255 + "@example.org",
        "root@localhost",
        "ann@" + "a" * 64 + ".org",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InputError, match="not a mail address"):
        normalise(text)


@given(st.tuples(words, words).map("@".join) | st.emails() | st.text())
def test_any_text_is_refused_or_gets_a_form_that_stays(text):
    try:
        stored = normalise(text)
    except InputError:
        return
    assert normalise(stored) == stored
    assert stored == stored.lower()
    assert len(stored) <= 320  # the width of the column
    assert not any(letter.isspace() or not letter.isprintable() for letter in stored)


@given(st.emails())
def test_case_and_blanks_around_do_not_matter(address):
    try:
        stored = normalise(address)
    except InputError:
        return
    assert normalise(f" {address.upper()} ") == stored
