"""When a domain gets no mail, and for how long."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.rules.domain_backoff import (
    FIRST_BACKOFF,
    LONGEST_BACKOFF,
    backoff_time,
    domain_of,
    needs_backoff,
)


def test_the_domain_of_an_address():
    assert domain_of("ann@Example.ORG") == "example.org"
    assert domain_of('"a@b"@example.org') == "example.org"


@given(st.integers(1, 10_000))
def test_backoff_grows_up_to_a_bound(times):
    assert FIRST_BACKOFF <= backoff_time(times) <= backoff_time(times + 1) <= LONGEST_BACKOFF


def test_the_first_backoffs():
    minutes = [backoff_time(times) / timedelta(minutes=1) for times in range(1, 9)]
    assert minutes == [5, 10, 20, 40, 80, 160, 240, 240]


@given(st.integers(0, 100))
def test_a_second_backoff_comes_sooner(refusals):
    assert needs_backoff(refusals, again=True) >= needs_backoff(refusals, again=False)
