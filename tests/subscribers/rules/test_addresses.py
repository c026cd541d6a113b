"""One normal form for each address, or a refusal in words."""

import re

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import InputError
from digest.ground.text.plain_text import clean
from digest.subscribers.rules.addresses import (
    mistake_in,
    normalise,
    normalise_new,
    normalise_public,
)

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


_atoms = st.text("abzAZ09.-_+'!#=\u212a\u017f", max_size=12) | st.text(
    "a.", min_size=60, max_size=70
)
_domains = st.text("abZ0.-_xn", max_size=12) | st.text("a.", min_size=170, max_size=200)


@given(st.tuples(_atoms, _domains).map("@".join) | st.emails())
@example(f"{'a' * 64}@example.org")
@example(f"{'a' * 65}@example.org")
@example("ann@xn--bcher-kva.example")
@example("ann@localhost")
@example("ann@example.org.")
def test_an_address_is_as_the_validator_has_it(text):
    try:
        wanted = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as exc:
        with pytest.raises(InputError, match=re.escape(str(exc))):
            normalise(text)
    else:
        assert normalise(text) == wanted.normalized.lower()


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


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "please enter"),
        ("  ", "please enter"),
        ("hello", "no @ in “hello”"),
        ("otto@@example", "more than one @ in “otto@@example”"),
        ("ann@example.org, eve@example.org", "more than one @"),
        ("@example.org", "no name before the @"),
        ("ann@", "is not a mail domain"),
        ("ann@exa mple.org", "is not a mail domain"),
        ("ann@example..org", "is not a mail domain"),
        ("ann smith@example.org", "check it for typos"),
        ("ann.@example.org", "check it for typos"),
        ("hello\r\nBcc: eve", "no @ in “hello Bcc: eve”"),
        ("\u202ehello", "no @ in “hello”"),
        ("x" * 500, "no @ in “xxx"),
    ],
)
def test_what_is_wrong_with_an_address_is_told_in_words_that_help(typed, said):
    assert said in str(mistake_in(typed))


@pytest.mark.parametrize("address", ["a@b", "ann@mailhost", "ann@müller", "ann@xn--mller-kva"])
def test_who_comes_has_a_full_domain_and_who_is_here_is_found(address):
    assert normalise(address)
    for check in (normalise_new, normalise_public):
        with pytest.raises(InputError, match="without a dot"):
            check(address)
    assert mistake_in(address) is not None


def test_a_network_of_the_operators_own_is_for_the_operator_to_say():
    assert normalise_new(" Ann@Mail.LAN ") == "ann@mail.lan"
    with pytest.raises(InputError, match="none of the public internet"):
        normalise_public("ann@mail.lan")


@given(st.text(max_size=100))
@example("0@0")
def test_whatever_is_typed_is_an_address_or_is_told_what_is_wrong(text):
    try:
        normalise_public(text)
    except InputError:
        told = mistake_in(text)
        assert told is not None
        assert str(told) == clean(str(told))
        assert len(str(told)) < 200
    else:
        assert mistake_in(text) is None
