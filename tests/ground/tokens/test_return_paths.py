from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import LinkError
from digest.ground.tokens.links import Claim, LinkSigner, Purpose
from digest.ground.tokens.return_paths import LONGEST_MAILBOX, ReturnPaths, read_return_path
from tests.factories import NONCE, everybodys

KEY, OTHER = b"a key that only these tests have", b"another key of these tests"
DAY = date(2026, 11, 21)
PATHS = ReturnPaths(KEY, "bounces@example.org")


@given(st.integers(1, 2**40 - 1), st.dates() | st.none())
def test_what_is_read_is_what_was_signed(subscriber_id, edition):
    address = PATHS.address(subscriber_id, NONCE, edition)
    assert read_return_path([KEY], address, everybodys) == Claim(subscriber_id, edition)


def test_the_address_stays_below_the_limits_of_smtp():
    paths = ReturnPaths(KEY, f"{'b' * LONGEST_MAILBOX}@example.org")
    address = paths.address(2**40 - 1, NONCE, date.max)
    assert len(address.partition("@")[0]) == 64  # RFC 5321, section 4.5.3.1.1
    for bounce_address in (f"{'b' * (LONGEST_MAILBOX + 1)}@example.org", "@example.org"):
        with pytest.raises(ValueError, match="no room"):
            ReturnPaths(KEY, bounce_address)


@pytest.mark.parametrize("change", [str.upper, str.title, lambda a: a.replace("bounces", "x+y")])
def test_servers_on_the_way_may_change_case_and_mailbox(change):
    address = change(PATHS.address(42, NONCE, DAY))
    assert read_return_path([KEY], address, everybodys) == Claim(42, DAY)


def test_a_new_key_reads_what_the_old_one_signed():
    address = PATHS.address(42, NONCE, DAY)
    assert read_return_path([OTHER, KEY], address, everybodys) == Claim(42, DAY)
    with pytest.raises(LinkError):
        read_return_path([OTHER], address, everybodys)


@given(st.integers(0, 32), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_character_is_seen(at, character):
    mailbox, _, token = PATHS.address(42, NONCE, DAY).partition("@")[0].partition("+")
    altered = token[:at] + character + token[at + 1 :]
    if altered != token:
        with pytest.raises(LinkError):
            read_return_path([KEY], f"{mailbox}+{altered}@example.org", everybodys)


@given(st.text(max_size=50) | st.emails())
def test_whatever_comes_back_is_read_or_refused(address):
    with pytest.raises(LinkError):
        read_return_path([KEY], address, everybodys)


def test_a_token_of_a_link_is_no_return_path():
    token = LinkSigner([KEY]).token(Purpose.UNSUBSCRIBE, 42, NONCE)
    with pytest.raises(LinkError):
        read_return_path([KEY], f"bounces+{token}@example.org", everybodys)
