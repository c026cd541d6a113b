import gzip
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import FetchError
from digest.sources.http.body import decode


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(st.binary(max_size=2000), st.integers(1, 50), st.sampled_from(["", "gzip", "deflate"]))
def test_a_body_comes_out_as_it_went_in_however_it_is_cut(body, size, encoding):
    pack = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress}[encoding]
    assert decode(cut(pack(body), size), encoding, most_bytes=5000) == body


@given(st.binary(max_size=300), st.sampled_from(["", "gzip", "deflate", "br"]))
def test_any_bytes_are_a_body_or_an_error_in_words(sent, encoding):
    with suppress(FetchError):
        assert len(decode([sent], encoding, most_bytes=100)) <= 100


@pytest.mark.parametrize("end", [1, 10, -1])
def test_a_packed_body_that_is_cut_off_is_noticed(end):
    with pytest.raises(FetchError, match="cut off") as caught:
        decode([gzip.compress(b"papers " * 50)[:end]], "gzip", most_bytes=1000)
    assert caught.value.passing


def test_a_small_bomb_costs_little_memory():
    bomb = gzip.compress(b"\0" * 100_000_000)
    tracemalloc.start()
    with pytest.raises(FetchError, match=r"longer than 1\.0 MB"):
        decode([bomb], "gzip", most_bytes=1_000_000)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
