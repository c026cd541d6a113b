"""Signed links: nothing altered gets in, and old mails keep working when keys change."""

import base64
import hmac
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import LinkError
from digest.ground.tokens.links import Claim, LinkSigner, Purpose
from tests.factories import NONCE, everybodys

KEY, OTHER_KEY = b"a key of the tests", b"another key of the tests"
ids = st.integers(0, 2**40 - 1)
days = st.none() | st.dates()
purposes = st.sampled_from(Purpose)
keys = st.binary(min_size=1, max_size=40)


@given(keys, purposes, ids, days)
def test_a_token_says_what_it_was_made_for(key, purpose, subscriber_id, day):
    signer = LinkSigner([key])
    token = signer.token(purpose, subscriber_id, NONCE, day)
    assert signer.read(purpose, token, everybodys) == Claim(subscriber_id, day)
    assert len(token) == (29 if day is None else 33)


@given(purposes, ids, days, st.data())
def test_any_altered_character_is_refused(purpose, subscriber_id, day, data):
    signer = LinkSigner([KEY])
    token = signer.token(purpose, subscriber_id, NONCE, day)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters().filter(lambda letter: letter != token[place]))
    with pytest.raises(LinkError):
        signer.read(purpose, token[:place] + letter + token[place + 1 :], everybodys)


@given(purposes, ids, days, st.data())
def test_an_added_or_missing_character_is_refused(purpose, subscriber_id, day, data):
    signer = LinkSigner([KEY])
    token = signer.token(purpose, subscriber_id, NONCE, day)
    place = data.draw(st.integers(0, len(token)))
    added = data.draw(st.characters() | st.sampled_from("=+/-_ \n!"))
    with pytest.raises(LinkError):
        signer.read(purpose, token[:place] + added + token[place:], everybodys)
    with pytest.raises(LinkError):
        signer.read(
            purpose, token[:place] + token[place + 1 :] if place < len(token) else "", everybodys
        )


def test_the_standard_alphabet_is_no_second_spelling_of_a_token():
    signer = LinkSigner([KEY])
    token = next(
        token
        for token in (signer.token(Purpose.VIEW, number, NONCE) for number in range(1000))
        if "-" in token[1:] and "_" in token[1:]
    )
    for altered in (token[0] + token[1:].replace("-", "+"), token[0] + token[1:].replace("_", "/")):
        with pytest.raises(LinkError):
            signer.read(Purpose.VIEW, altered, everybodys)


@given(purposes, purposes, ids, days)
def test_a_token_of_another_purpose_is_refused(made_for, used_for, subscriber_id, day):
    signer = LinkSigner([KEY])
    token = signer.token(made_for, subscriber_id, NONCE, day)
    if made_for is used_for:
        signer.read(used_for, token, everybodys)
    else:
        with pytest.raises(LinkError):
            signer.read(used_for, token, everybodys)


@given(st.text())
def test_what_is_no_token_is_refused(text):
    with pytest.raises(LinkError):
        LinkSigner([KEY]).read(Purpose.VIEW, text, everybodys)


@given(st.lists(keys, min_size=1, max_size=6, unique=True), ids, days, st.randoms())
def test_old_keys_keep_working_after_rotation_in_any_order(old_keys, subscriber_id, day, random):
    tokens = [LinkSigner([key]).token(Purpose.VIEW, subscriber_id, NONCE, day) for key in old_keys]
    rotated = LinkSigner([b"the newest key", *random.sample(old_keys, len(old_keys))])
    for token in tokens:
        assert rotated.read(Purpose.VIEW, token, everybodys) == Claim(subscriber_id, day)


def test_the_first_key_signs():
    token = LinkSigner([KEY, OTHER_KEY]).token(Purpose.VIEW, 7, NONCE)
    assert LinkSigner([KEY]).read(Purpose.VIEW, token, everybodys) == Claim(7, None)
    with pytest.raises(LinkError):
        LinkSigner([OTHER_KEY]).read(Purpose.VIEW, token, everybodys)


def test_keys_of_the_same_name_are_all_tried():
    """A token names its key by one character of 64, so among many keys some share a name."""
    signers = [LinkSigner([b"key number %d" % number]) for number in range(200)]
    every = LinkSigner([b"key number %d" % number for number in range(200)])
    for number, signer in enumerate(signers):
        token = signer.token(Purpose.VOTE, number, NONCE, date(2026, 11, 19))
        assert every.read(Purpose.VOTE, token, everybodys) == Claim(number, date(2026, 11, 19))


def test_a_payload_of_another_length_is_refused_even_when_it_is_signed():
    """A token of the future, or of another program with our key."""
    signer = LinkSigner([KEY])
    name = signer.token(Purpose.VIEW, 1, NONCE)[0]
    for payload in (b"", b"abc", b"six...", b"nine bytes"):
        mac = hmac.digest(KEY, b"view\0" + payload + NONCE, "sha256")[:16]
        token = name + base64.urlsafe_b64encode(payload + mac).decode().rstrip("=")
        with pytest.raises(LinkError):
            signer.read(Purpose.VIEW, token, everybodys)


def test_a_signer_without_a_key_cannot_be_made():
    with pytest.raises(ValueError, match="at least one key"):
        LinkSigner([])


def test_an_id_that_does_not_fit_is_refused():
    with pytest.raises(OverflowError):
        LinkSigner([KEY]).token(Purpose.VIEW, 2**40, NONCE)
