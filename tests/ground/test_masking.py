"""What must never be in a log, and what has to stay readable."""

import string
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ground.masking import mask, mask_text, mask_url
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from tests.factories import NONCE

KEYS = [b"a key for the tests only"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to ann@example.org: 550 5.1.1 no such user", "to [address]: 550 5.1.1 no such user"),
        ("RCPT TO:<ann+x@example.org>", "RCPT TO:<[address]>"),
        ("'o'brien@example.org'", "[address]'"),
        ('"ann b"@example.org left', "[address] left"),
        ("bounce+ann=example.org@example.net", "[address]"),
        ("ann@[192.0.2.1] left", "[address] left"),
        ("/find?email=ann%40example.org&page=2", "[address]&page=2"),
        ("smtps://ann:p@ss@mail.example.org:465", "smtps://[secret]@mail.example.org:465"),
        ("postgresql://digest:pw@db/digest", "postgresql://[secret]@db/digest"),
        ("digest.subscribers.opt_in", "digest.subscribers.opt_in"),
        ("a_name_that_is_long_but_has_only_words", "a_name_that_is_long_but_has_only_words"),
        ("2026-11-21T07:00:00.123456+00:00", "2026-11-21T07:00:00.123456+00:00"),
        ("batch 12 of 2000 in 0.125 s", "batch 12 of 2000 in 0.125 s"),
    ],
)
def test_addresses_and_logins_are_masked_and_words_stay(text, shown):
    assert mask_text(text) == shown


@given(st.integers(1, 2**40 - 1), st.sampled_from(Purpose), st.none() | st.dates(date(2020, 1, 1)))
def test_no_signed_link_survives(reader, purpose, day):
    token = LinkSigner(KEYS).token(purpose, reader, NONCE, day)
    assert token not in mask_text(f"GET /u/{token}?x=1 HTTP/1.1")


@given(st.integers(1, 2**40), st.integers(1, 2**40))
def test_no_token_survives(first, second):
    token = TokenSigner(KEYS).sign(TokenPurpose.CONFIRM, first, second, NONCE)
    assert token not in mask_text(f"https://digest.example.org/c/{token}")


local_parts = st.text(string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~.", min_size=1)


@given(local_parts, st.from_regex(r"[a-z]{1,9}(\.[a-z]{2,9}){1,2}", fullmatch=True))
def test_nothing_of_an_address_survives(local, domain):
    shown = mask_text(f"<{local}@{domain}> is refused")
    assert shown == "<[address]> is refused"


@given(st.text(), st.text())
def test_masking_twice_is_masking_once(before, after):
    once = mask_text(f"{before}@{after}")
    assert mask_text(once) == once


def test_values_are_looked_into_and_named_secrets_are_hidden_whatever_they_look_like():
    value = {
        "ann@example.org": ["bob@example.org", 3, None, True],
        "password": "short",
        "when": datetime(2026, 11, 21, tzinfo=UTC),
        "nested": {"api_token": 5, "reply": ("250 ok",)},
    }
    assert mask(value) == {
        "[address]": ["[address]", 3, None, True],
        "password": "[secret]",
        "when": "2026-11-21 00:00:00+00:00",
        "nested": {"api_token": "[secret]", "reply": ["250 ok"]},
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sqlite:////var/lib/digest.db", "sqlite:////var/lib/digest.db"),
        ("postgresql://ann:geheim@db/d?sslmode=on", "postgresql://ann:***@db/d?sslmode=on"),
        ("postgresql:///d?user=ann&password=geheim&x=1", "postgresql:///d?user=ann&password=***&x=1"),
        ("postgresql://db/d?sslpassword=geheim", "postgresql://db/d?sslpassword=***"),
        ("smtp://a:ge@he/im?x@h:25 smtps://b:c@h?weight=2", "smtp://a:***@h:25 smtps://b:***@h?weight=2"),
        ("https://h/search?title={title}&api_key=geheim#top", "https://h/search?title={title}&api_key=***#top"),
        ("smtp://ann@relay.example", "smtp://ann@relay.example"),
    ],
)  # fmt: skip
def test_the_passwords_of_addresses_are_masked_and_nothing_else(text, shown):
    assert mask_url(text) == shown
    assert mask_url(shown) == shown


def test_a_long_text_is_masked_at_once():
    for text in (
        "://a:" * 20_000,
        "?pass" * 20_000,
        "&key" + "x" * 100_000,
        "://a:" + "@" * 100_000,
    ):
        mask_url(text)
