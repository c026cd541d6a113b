from datetime import date

import pytest

from digest.ground.tokens.claims import Claim
from digest.ground.tokens.nonces import Binding
from digest.ground.tokens.reply_addresses import ReplyAddresses, read_reply_address
from digest.ground.tokens.return_paths import ReturnPaths
from tests.factories import NONCE, everybodys

OLD, NEW = b"a key that is old by now", b"a key that is in use now"
DAY = date(2026, 11, 19)
ADDRESS = ReplyAddresses([NEW, OLD], "reply@example.org").address(7, NONCE, DAY)


@pytest.mark.parametrize("keys", [[NEW], [OLD, NEW]])
def test_an_address_names_reader_and_edition_in_any_case_and_on_any_domain(keys):
    assert len(ADDRESS.partition("@")[0]) == len("reply+") + 33
    for spelt in (ADDRESS, ADDRESS.upper(), f"Papers <{ADDRESS}>", ADDRESS.replace("example", "x")):
        assert read_reply_address(keys, ["who@else.example", spelt], everybodys) == Claim(7, DAY)


def test_altered_ones_those_of_other_keys_and_return_paths_are_none_of_ours():
    altered = ADDRESS[:20] + ("a" if ADDRESS[20] != "a" else "b") + ADDRESS[21:]
    bounce = ReturnPaths(NEW, "reply@example.org").address(7, NONCE, DAY)
    assert read_reply_address([NEW], [altered, bounce, "reply@example.org", ""], everybodys) is None
    assert read_reply_address([OLD], [ADDRESS], everybodys) is None


def test_the_first_genuine_one_counts():
    other = ReplyAddresses([NEW], "reply@example.org").address(8, NONCE, DAY)
    assert read_reply_address([NEW], [f"{other}, {ADDRESS}"], everybodys) == Claim(8, DAY)


def test_an_address_is_bound_to_the_nonce_of_its_reader():
    for others in (lambda _: Binding(b"n" * 16, former=True), lambda _: None):
        assert read_reply_address([NEW], [ADDRESS], others) is None
    with pytest.raises(ValueError, match="no nonce"):
        ReplyAddresses([NEW], "reply@example.org").address(7, b"", DAY)
