import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import LinkError
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner

KEYS = [b"a key for the tests only", b"an older key for the tests"]
numbers = st.lists(st.integers(0, 2**48 - 1), min_size=1, max_size=3)


@given(numbers, st.sampled_from(TokenPurpose))
def test_what_was_signed_is_read_with_any_of_the_keys(values, purpose):
    assert TokenSigner(KEYS).read(purpose, TokenSigner(KEYS).sign(purpose, *values)) == tuple(
        values
    )
    old = TokenSigner(KEYS[1:]).sign(purpose, *values)
    assert TokenSigner(KEYS).read(purpose, old) == tuple(values)


@given(numbers, st.data())
def test_an_altered_token_is_refused(values, data):
    token = TokenSigner(KEYS).sign(TokenPurpose.UNDO, *values)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_+/=%é"))
    altered = token[:place] + letter + token[place + 1 :]
    if altered != token:
        with pytest.raises(LinkError):
            TokenSigner(KEYS).read(TokenPurpose.UNDO, altered)


@given(st.text())
def test_no_text_is_a_token(text):
    with pytest.raises(LinkError):
        TokenSigner(KEYS).read(TokenPurpose.FORM, text)


def test_a_token_of_one_purpose_is_refused_for_another():
    token = TokenSigner(KEYS).sign(TokenPurpose.UNDO, 1, 2)
    with pytest.raises(LinkError):
        TokenSigner(KEYS).read(TokenPurpose.CONFIRM, token)
