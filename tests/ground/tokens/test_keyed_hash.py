"""The hash with its key mixed in ahead is HMAC-SHA256."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from digest.ground.tokens.keyed_hash import KeyedHash


@given(st.binary(max_size=130), st.binary(max_size=130), st.lists(st.binary(max_size=130)))
def test_it_is_hmac_sha256_of_beginning_and_rest(key, beginning, rests):
    keyed_hash = KeyedHash(key, beginning)
    for rest in rests:
        assert keyed_hash.digest(rest) == hmac.digest(key, beginning + rest, "sha256")
