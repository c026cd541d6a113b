"""The tokens of mails that are out: every byte stays as it was when they were made."""

from datetime import date

import pytest

from digest.errors import LinkError
from digest.ground.tokens.codec import TokenCodec, TokenFormat, base64_decode, base64_encode
from digest.ground.tokens.links import Claim, LinkSigner, Purpose, view_token
from digest.ground.tokens.nonces import Binding
from digest.ground.tokens.return_paths import ReturnPaths, read_return_path
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.render.unsubscribe_addresses import tokens_in
from tests.factories import NONCE, everybodys

KEYS = [b"a key of the year 2026", b"the key before it"]
DAY = date(2026, 11, 19)


FORMER = {
    (Purpose.UNSUBSCRIBE, "-AAAB4kALSmPUioxqRH7na40rqehAdZK7"): Claim(123456, DAY),
    (Purpose.PREFERENCES, "-AAAB4kALSmP2J1y_YhV_tB2dGynYOX6P"): Claim(123456, DAY),
    (Purpose.VIEW, "-AAAB4kALSmO8HZjzmMJecUKB20VT8Prb"): Claim(123456, DAY),
    (Purpose.VOTE, "-AAAB4kALSmP-PkSRj0CJOROND1ldfxud"): Claim(123456, DAY),
    (Purpose.UNSUBSCRIBE, "-AAAAAAduoXZN-dxRHsqpjXxRL_ps"): Claim(7, None),
    (Purpose.VIEW, "1______8LSmPOxmDYdZI4uedeMT-qRW9m"): Claim(2**40 - 1, DAY),
    (Purpose.VOTE, "-AAAB4kALSmPyGt5Sdslvr6L1Gf4Lc_VBjGo"): Claim(123456, DAY),
    (Purpose.VIEW, "-AAAB4kALSmPyGt5Sdslvr6L1"): Claim(123456, DAY),
}
FORMER_NUMBERS = {
    (TokenPurpose.CONFIRM, "AAAAAeJAAAAAAABjtQ651fX1bH4CACMFX4_pJw"): (123456, 99),
    (TokenPurpose.UNDO, "AAAAAAAB________b1WvNNwEuDv8sgAiRrUmbg"): (1, 2**48 - 1),
    (TokenPurpose.FEED, "AAAAAAAHAAAAAAAATmQLg4JygJR43V2gC5WqvA"): (7, 0),
    (TokenPurpose.UNDO, "AAAAAAAHAAAAAAAIwUucdLPNmAOaHhltAGfuVQ"): (7, 8),
}
FORMER_PATHS = {
    "bounces+6aaaadysabnfggj3bdlbvmq3elgtzqsni@example.org": Claim(123456, DAY),
    "bounces+6aaaaaaahaaaab4t5yar6mujc7gl2nzph@example.org": Claim(7, None),
    "b+v77777777bnfggyzh4lc43vznggplmmhk@x.org": Claim(2**40 - 1, DAY),
}


def formers(_subscriber_id: int) -> Binding:
    """Every reader was there before there were nonces."""
    return Binding(NONCE, former=True)


def nobodys(_subscriber_id: int) -> None:
    """Nobody has the id."""


def test_the_tokens_of_before_nonces_work_for_whoever_was_there():
    for (purpose, token), claim in FORMER.items():
        assert LinkSigner(KEYS).read(purpose, token, formers) == claim
    for (purpose, token), numbers in FORMER_NUMBERS.items():
        assert TokenSigner(KEYS).read(purpose, token, formers) == numbers
    for address, claim in FORMER_PATHS.items():
        assert read_return_path(KEYS, address, formers) == claim


@pytest.mark.parametrize("bindings", [everybodys, nobodys])
def test_the_tokens_of_before_nonces_are_refused_for_whoever_came_later(bindings):
    for purpose, token in FORMER:
        with pytest.raises(LinkError):
            LinkSigner(KEYS).read(purpose, token, bindings)
    for purpose, token in FORMER_NUMBERS:
        with pytest.raises(LinkError):
            TokenSigner(KEYS).read(purpose, token, bindings)
    for address in FORMER_PATHS:
        with pytest.raises(LinkError):
            read_return_path(KEYS, address, bindings)


def test_the_tokens_of_today_stay_as_they_are():
    links, numbers = LinkSigner(KEYS), TokenSigner(KEYS)
    paths = ReturnPaths(KEYS[0], "bounces@example.org")
    assert links.mail_token(123456, NONCE, DAY) == "-AAAB4kALSmOUJ70z6OVM0CEmCU_y34Zr6Is"
    assert links.token(Purpose.UNSUBSCRIBE, 7, NONCE) == "-AAAAAAcTREpJoUtuO4eGvdCwtjO8"
    assert (
        numbers.sign(TokenPurpose.CONFIRM, 123456, 99, NONCE)
        == "AAAAAeJAAAAAAABjFOm2M_Dc1LtUMsYb8UHIFg"
    )
    assert numbers.sign_form(1795046400) == "AABq_jwADu8pt_N074cBSRQfM-MqOw"
    assert paths.address(7, NONCE) == "bounces+6aaaaaaahaaaaakcunkelwaq5oxhfjbkv@example.org"


def test_unsubscribe_addresses_that_are_out_work():
    token = "-AAAB4kDu0_HPvR66i32xm6eSJrps"
    tag = "2d000001e240eed3f1cfbd1eba8b7db19ba79226ba6c"
    assert tokens_in(f"mailto:unsubscribe+{tag}@example.org?subject=unsubscribe") == [token]
    assert LinkSigner(KEYS).read(Purpose.UNSUBSCRIBE, token, formers) == Claim(123456, None)


def test_a_mails_token_does_all_but_show_it_and_its_beginning_does_no_more():
    signer = LinkSigner(KEYS)
    token = signer.mail_token(123456, NONCE, DAY)
    shown = view_token(token)
    assert (len(token), len(shown)) == (36, 25)
    assert token.startswith(shown)
    for purpose in Purpose:
        good, bad = (shown, token) if purpose is Purpose.VIEW else (token, shown)
        assert signer.read(purpose, good, everybodys) == Claim(123456, DAY)
        for refused in (bad, good[:-1], good[:-1] + ("A" if good[-1] != "A" else "B"), shown * 2):
            with pytest.raises(LinkError):
                signer.read(purpose, refused, everybodys)


def test_an_older_key_reads_a_mails_token():
    token = LinkSigner(KEYS[1:]).mail_token(7, NONCE, DAY)
    assert LinkSigner(KEYS).read(Purpose.VOTE, token, everybodys) == Claim(7, DAY)


def test_a_token_of_one_purpose_is_refused_for_another():
    codec = TokenCodec(KEYS, TokenFormat(base64_encode, base64_decode, mac_bytes=16))
    token = codec.signer(b"one")(b"payload", b"")
    assert codec.read(b"one", token) == b"payload"
    with pytest.raises(LinkError):
        codec.read(b"another", token)


def test_signing_needs_a_key():
    with pytest.raises(ValueError, match="at least one key"):
        TokenCodec([], TokenFormat(base64_encode, base64_decode, mac_bytes=16))
