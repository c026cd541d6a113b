"""When a domain rests, and for how long."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.rules.domain_backoff import FIRST_REST, LONGEST_REST, domain_of, is_tired, rest


def test_the_domain_of_an_address():
    assert domain_of("ann@Example.ORG") == "example.org"
    assert domain_of('"a@b"@example.org') == "example.org"


@given(st.integers(1, 10_000))
def test_rests_grow_up_to_a_bound(times):
    assert FIRST_REST <= rest(times) <= rest(times + 1) <= LONGEST_REST


def test_the_first_rests():
    minutes = [rest(times) / timedelta(minutes=1) for times in range(1, 9)]
    assert minutes == [5, 10, 20, 40, 80, 160, 240, 240]


@given(st.integers(0, 100))
def test_who_has_rested_tires_sooner(refusals):
    assert is_tired(refusals, rested=True) >= is_tired(refusals, rested=False)
