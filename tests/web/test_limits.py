from datetime import timedelta

import pytest

from digest.web.limits import Buckets, Rate, network_of


@pytest.fixture
def buckets(clock):
    return Buckets(Rate(burst=2, seconds_each=60), clock)


def test_a_bucket_gives_its_burst_and_fills_again(buckets, clock):
    assert [buckets.acquire("a") for _ in range(3)] == [0, 0, 60]
    clock.now += timedelta(seconds=30)
    assert buckets.acquire("a") == pytest.approx(30)
    clock.now += timedelta(seconds=30)
    assert [buckets.acquire("a") for _ in range(2)] == [0, pytest.approx(60)]
    assert buckets.acquire("b") == 0


def test_a_clock_that_goes_back_gives_nothing_away(buckets, clock):
    buckets.acquire("a")
    clock.now -= timedelta(days=1)
    assert [buckets.acquire("a") for _ in range(2)] == [0, 60]


def test_to_ask_how_long_to_wait_takes_nothing(buckets, clock):
    assert [buckets.wait("a") for _ in range(3)] == [0, 0, 0]
    for _ in range(2):
        buckets.acquire("a")
    clock.now += timedelta(seconds=15)
    assert [buckets.wait("a") for _ in range(2)] == [45, 45]


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_a_visitor_is_an_address_or_an_ipv6_network(host, network):
    assert network_of(host) == network
