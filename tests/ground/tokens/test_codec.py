"""The tokens of mails that are out: every byte stays as it was when they were made."""

from datetime import date

import pytest

from digest.errors import LinkError
from digest.ground.tokens.codec import TokenCodec, TokenFormat, base64_decode, base64_encode
from digest.ground.tokens.links import Claim, LinkSigner, Purpose, view_token
from digest.ground.tokens.return_paths import ReturnPaths, read_return_path
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.render.unsubscribe_addresses import tokens_in

KEYS = [b"a key of the year 2026", b"the key before it"]
DAY = date(2026, 11, 19)


@pytest.mark.parametrize(
    ("purpose", "day", "token"),
    [
        (Purpose.UNSUBSCRIBE, DAY, "-AAAB4kALSmPUioxqRH7na40rqehAdZK7"),
        (Purpose.PREFERENCES, DAY, "-AAAB4kALSmP2J1y_YhV_tB2dGynYOX6P"),
        (Purpose.VIEW, DAY, "-AAAB4kALSmO8HZjzmMJecUKB20VT8Prb"),
        (Purpose.VOTE, DAY, "-AAAB4kALSmP-PkSRj0CJOROND1ldfxud"),
    ],
)
def test_links_of_mails_that_are_out_work(purpose, day, token):
    assert LinkSigner(KEYS).token(purpose, 123456, day) == token
    assert LinkSigner(KEYS).read(purpose, token) == Claim(123456, day)


def test_links_without_an_edition_and_of_an_older_key_work():
    bare, older = "-AAAAAAduoXZN-dxRHsqpjXxRL_ps", "1______8LSmPOxmDYdZI4uedeMT-qRW9m"
    assert LinkSigner(KEYS).token(Purpose.UNSUBSCRIBE, 7) == bare
    assert LinkSigner(KEYS).read(Purpose.UNSUBSCRIBE, bare) == Claim(7, None)
    assert LinkSigner(KEYS).read(Purpose.VIEW, older) == Claim(2**40 - 1, DAY)


@pytest.mark.parametrize(
    ("purpose", "numbers", "token"),
    [
        (TokenPurpose.FORM, (1795046400,), "AABq_jwADu8pt_N074cBSRQfM-MqOw"),
        (TokenPurpose.CONFIRM, (123456, 99), "AAAAAeJAAAAAAABjtQ651fX1bH4CACMFX4_pJw"),
        (TokenPurpose.UNDO, (1, 2**48 - 1), "AAAAAAAB________b1WvNNwEuDv8sgAiRrUmbg"),
        (TokenPurpose.FEED, (7, 0), "AAAAAAAHAAAAAAAATmQLg4JygJR43V2gC5WqvA"),
    ],
)
def test_signed_numbers_that_are_out_work(purpose, numbers, token):
    assert TokenSigner(KEYS).sign(purpose, *numbers) == token
    assert TokenSigner(KEYS).read(purpose, token) == numbers


def test_signed_numbers_of_an_older_key_work():
    older = "AAAAAAAHAAAAAAAIwUucdLPNmAOaHhltAGfuVQ"
    assert TokenSigner(KEYS).read(TokenPurpose.UNDO, older) == (7, 8)


def test_return_paths_that_are_out_work():
    paths = ReturnPaths(KEYS[0], "bounces@example.org")
    named = "bounces+6aaaadysabnfggj3bdlbvmq3elgtzqsni@example.org"
    single = "bounces+6aaaaaaahaaaab4t5yar6mujc7gl2nzph@example.org"
    older = "b+v77777777bnfggyzh4lc43vznggplmmhk@x.org"
    assert (paths.address(123456, DAY), paths.address(7)) == (named, single)
    assert read_return_path(KEYS, named) == Claim(123456, DAY)
    assert read_return_path(KEYS, single) == Claim(7, None)
    assert read_return_path(KEYS, older) == Claim(2**40 - 1, DAY)


def test_unsubscribe_addresses_that_are_out_work():
    token = LinkSigner(KEYS).token(Purpose.UNSUBSCRIBE, 123456)
    tag = "2d000001e240eed3f1cfbd1eba8b7db19ba79226ba6c"
    assert tokens_in(f"mailto:unsubscribe+{tag}@example.org?subject=unsubscribe") == [token]


def test_a_mails_token_does_all_but_show_it_and_its_beginning_does_no_more():
    signer = LinkSigner(KEYS)
    token = signer.mail_token(123456, DAY)
    shown = view_token(token)
    assert (len(token), len(shown)) == (36, 25)
    assert token.startswith(shown)
    for purpose in Purpose:
        good, bad = (shown, token) if purpose is Purpose.VIEW else (token, shown)
        assert signer.read(purpose, good) == Claim(123456, DAY)
        for refused in (bad, good[:-1], good[:-1] + ("A" if good[-1] != "A" else "B"), shown * 2):
            with pytest.raises(LinkError):
                signer.read(purpose, refused)


def test_an_older_key_reads_a_mails_token():
    token = LinkSigner(KEYS[1:]).mail_token(7, DAY)
    assert LinkSigner(KEYS).read(Purpose.VOTE, token) == Claim(7, DAY)


def test_a_token_of_one_purpose_is_refused_for_another():
    codec = TokenCodec(KEYS, TokenFormat(base64_encode, base64_decode, mac_bytes=16))
    token = codec.signer(b"one")(b"payload")
    assert codec.read(b"one", token) == b"payload"
    with pytest.raises(LinkError):
        codec.read(b"another", token)


def test_signing_needs_a_key():
    with pytest.raises(ValueError, match="at least one key"):
        TokenCodec([], TokenFormat(base64_encode, base64_decode, mac_bytes=16))
