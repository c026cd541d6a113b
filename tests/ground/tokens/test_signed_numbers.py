import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import LinkError
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from tests.factories import NONCE, everybodys

KEYS = [b"a key for the tests only", b"an older key for the tests"]
SIGNER = TokenSigner(KEYS)
numbers = st.integers(0, 2**48 - 1)
purposes = st.sampled_from(TokenPurpose)


@given(numbers, numbers, purposes)
def test_what_was_signed_is_read_with_any_of_the_keys(reader, event, purpose):
    for signer in (SIGNER, TokenSigner(KEYS[1:])):
        token = signer.sign(purpose, reader, event, NONCE)
        assert SIGNER.read(purpose, token, everybodys) == (reader, event)


@given(numbers)
def test_a_form_says_when_it_was_handed_out(seconds):
    assert SIGNER.read_form(SIGNER.sign_form(seconds)) == seconds
    assert SIGNER.read_form(TokenSigner(KEYS[1:]).sign_form(seconds)) == seconds


@given(numbers, numbers, st.data())
def test_an_altered_token_is_refused(reader, event, data):
    token = SIGNER.sign(TokenPurpose.UNDO, reader, event, NONCE)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_+/=%é"))
    altered = token[:place] + letter + token[place + 1 :]
    if altered != token:
        with pytest.raises(LinkError):
            SIGNER.read(TokenPurpose.UNDO, altered, everybodys)


@given(st.text())
def test_no_text_is_a_token(text):
    with pytest.raises(LinkError):
        SIGNER.read_form(text)
    with pytest.raises(LinkError):
        SIGNER.read(TokenPurpose.UNDO, text, everybodys)


def test_a_token_of_one_purpose_is_refused_for_another():
    token = SIGNER.sign(TokenPurpose.UNDO, 1, 2, NONCE)
    with pytest.raises(LinkError):
        SIGNER.read(TokenPurpose.CONFIRM, token, everybodys)
    with pytest.raises(LinkError):
        SIGNER.read_form(token)
    with pytest.raises(LinkError):
        SIGNER.read(TokenPurpose.UNDO, SIGNER.sign_form(1), everybodys)
