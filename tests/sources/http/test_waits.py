from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.http.waits import backoff, retry_after

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("Fri, 20 Nov 2026 12:01:00 GMT", 60),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 20 Nov 2036 12:00:00 GMT", 86_400),
        ("9" * 400, 86_400),
        ("Thu, 01 Jan 999999999999999999999999 00:00:00 GMT", 0),
        ("Thu, 01 Jan 2026 99999999999999999999:00:00 GMT", 0),
        ("Thu, 01 Jan 2026 00:00:00 +99999999999999", 0),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
    ],
)
def test_a_server_says_how_long_to_wait_in_seconds_or_as_a_date(text, seconds):
    assert retry_after(text, NOW) == seconds


@given(st.text())
def test_whatever_it_says_the_wait_is_bounded(text):
    assert 0 <= retry_after(text, NOW) <= 86_400


@given(st.integers(1, 5), st.floats(0, 1))
def test_waits_double_and_a_random_part_is_taken(attempt, chance):
    longest = 2.0 * 2 ** (attempt - 1)
    assert longest / 2 <= backoff(attempt, lambda: chance) <= longest
