import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ComposeError, LinkError
from digest.ground.tokens.links import Claim, LinkSigner, Purpose
from digest.render.unsubscribe_addresses import UnsubscribeAddresses, tokens_in
from digest.settings import load_settings
from tests.factories import NONCE, everybodys

SIGNER = LinkSigner([b"a key that only these tests have"])
DAY = date(2026, 11, 21)
IDS = st.integers(1, 2**40 - 1)


def token_of(subscriber_id: int) -> str:
    return SIGNER.mail_token(subscriber_id, NONCE, DAY)


@given(IDS)
def test_the_token_comes_back_whatever_servers_do_to_the_case(subscriber_id):
    token = token_of(subscriber_id)
    uri = UnsubscribeAddresses("unsubscribe@example.org").uri(token)
    assert re.fullmatch(r"mailto:unsubscribe\+[a-z2-7]{44}@example\.org\?subject=unsubscribe", uri)
    for spelling in (uri, uri.upper(), uri.title()):
        assert token in tokens_in(spelling)
    assert SIGNER.read(Purpose.UNSUBSCRIBE, tokens_in(uri)[0], everybodys) == Claim(
        subscriber_id, DAY
    )


def test_the_longest_mailbox_stays_below_the_limit_of_smtp():
    longest = load_settings(unsubscribe_address=f"{'u' * 19}@example.org").unsubscribe_address
    uri = UnsubscribeAddresses(longest).uri(token_of(2**40 - 1))
    assert len(uri.removeprefix("mailto:").partition("@")[0]) == 64


def test_the_domain_is_written_in_ascii():
    assert "@xn--bcher-kva.example?" in UnsubscribeAddresses("u@bücher.example").uri(token_of(1))
    with pytest.raises(ComposeError):
        UnsubscribeAddresses("u@ü..example")


@given(IDS, st.integers(0, 42), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_character_is_seen(subscriber_id, at, character):
    address = UnsubscribeAddresses("u@x.org").uri(token_of(subscriber_id)).removeprefix("mailto:u+")
    altered = address[:at] + character + address[at + 1 :]
    if altered != address:
        for token in tokens_in("u+" + altered):
            with pytest.raises(LinkError):
                SIGNER.read(Purpose.UNSUBSCRIBE, token, everybodys)


@given(st.text(max_size=80))
def test_other_text_has_no_token(text):
    assert tokens_in(text) == []
