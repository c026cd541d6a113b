"""A token is bound to one subscriber, whoever else has had the id or will have it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import LinkError
from digest.ground.tokens.links import Claim, LinkSigner, Purpose, view_token
from digest.ground.tokens.nonces import Binding
from digest.ground.tokens.return_paths import ReturnPaths, read_return_path
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner

KEY = b"a key that only these tests have"
LINKS, NUMBERS = LinkSigner([KEY]), TokenSigner([KEY])
PATHS = ReturnPaths(KEY, "bounces@example.org")
ids = st.integers(0, 2**40 - 1)
nonces = st.binary(min_size=16, max_size=16)
days = st.none() | st.dates()


@given(ids, nonces, nonces, days, st.booleans())
def test_no_token_of_one_subscriber_works_for_another_with_the_same_id(one, his, hers, day, former):
    """former: of her; what he was given once there were nonces was never a token of before."""
    if his == hers:
        return

    def bindings(_id: int) -> Binding:
        return Binding(hers, former)

    for purpose in Purpose:
        with pytest.raises(LinkError):
            LINKS.read(purpose, LINKS.token(purpose, one, his, day), bindings)
        whole = LINKS.mail_token(one, his, day or date(2026, 11, 19))
        with pytest.raises(LinkError):
            LINKS.read(purpose, view_token(whole) if purpose is Purpose.VIEW else whole, bindings)
    for kind in TokenPurpose:
        with pytest.raises(LinkError):
            NUMBERS.read(kind, NUMBERS.sign(kind, one, 1, his), bindings)
    with pytest.raises(LinkError):
        read_return_path([KEY], PATHS.address(one, his, day), bindings)


@given(ids, nonces, days)
def test_the_id_of_nobody_is_answered_like_a_wrong_token(one, nonce, day):
    token = LINKS.token(Purpose.VOTE, one, nonce, day)
    answers = set()
    for binding in (None, Binding(bytes(16) if nonce != bytes(16) else b"x" * 16)):
        with pytest.raises(LinkError) as refused:
            LINKS.read(Purpose.VOTE, token, lambda _id, found=binding: found)
        answers.add(str(refused.value))
    assert len(answers) == 1


@given(ids, nonces, days)
def test_the_lookup_is_asked_for_the_id_that_the_token_names(one, nonce, day):
    def bindings(asked: int) -> Binding | None:
        return Binding(nonce) if asked == one else None

    token = LINKS.token(Purpose.VIEW, one, nonce, day)
    assert LINKS.read(Purpose.VIEW, token, bindings) == Claim(one, day)
    named = NUMBERS.sign(TokenPurpose.UNDO, one, 5, nonce)
    assert NUMBERS.read(TokenPurpose.UNDO, named, bindings) == (one, 5)
    address = PATHS.address(one, nonce, day)
    assert read_return_path([KEY], address, bindings) == Claim(one, day)


@given(st.text(max_size=60))
def test_nobody_is_looked_up_for_what_no_key_can_have_signed(text):
    asked = []
    for token in (text, "", "!" + text, "é" * 36):
        with pytest.raises(LinkError):
            LINKS.read(Purpose.VIEW, token, lambda id_: asked.append(id_))
    assert len(asked) <= 1  # the text itself may be spelt like a token


@pytest.mark.parametrize("nonce", [b"", b"short", bytes(15), bytes(17)])
def test_nothing_is_signed_for_who_has_no_nonce(nonce):
    for sign in (
        lambda: LINKS.token(Purpose.VIEW, 1, nonce),
        lambda: LINKS.mail_token(1, nonce, date(2026, 11, 19)),
        lambda: NUMBERS.sign(TokenPurpose.UNDO, 1, 2, nonce),
        lambda: PATHS.address(1, nonce),
    ):
        with pytest.raises(ValueError, match="no nonce"):
            sign()
