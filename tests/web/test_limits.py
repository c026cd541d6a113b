from datetime import timedelta

import pytest

from digest.web.limits import Buckets, Rate, Rates, network_of, site_of_network
from digest.web.signup_limits import SignUpLimits


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


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("192.0.2.7", ""),
        ("::ffff:192.0.2.7", ""),
        ("", ""),
    ],
)
def test_a_customer_is_an_ipv6_network_of_48_bits(host, network):
    assert site_of_network(host) == network


@pytest.fixture
def limits(clock):
    return SignUpLimits(Rates(), clock)


def test_one_network_does_not_lock_others_out(limits):
    hosts = [f"2001:db8:1:{number:x}::1" for number in range(200)]
    assert [limits.visit(host) == 0 for host in hosts].count(True) == 24
    assert limits.visit("2001:db8:2::1") == limits.visit("192.0.2.7") == 0


def test_all_spellings_of_a_mailbox_share_a_limit(limits, clock):
    spellings = ["v3@gmail.com", "v.3+a@gmail.com", "V3+b@GoogleMail.com"]
    assert all(map(limits.may_write, spellings))  # asking takes none
    assert [limits.write(one) for one in spellings] == [True, True, False]
    assert not any(map(limits.may_write, spellings))
    assert limits.may_write("v4@gmail.com")
    clock.now += timedelta(hours=1)
    assert [limits.write("v3@gmail.com") for _ in range(2)] == [True, False]


def test_a_domain_has_a_limit_and_a_providers_has_only_that_of_all(limits):
    for number in range(30):
        assert limits.wait("new@example.org") == 0
        limits.mail(f"n{number}@example.org")
    assert limits.wait("new@example.org") > 0
    for number in range(90):
        assert limits.wait("new@gmail.com") == 0
        limits.mail(f"n{number}@gmail.com")
    assert limits.wait("new@gmail.com") > 0


@pytest.mark.parametrize("address", ["", "no address", "x@127.0.0.1", "foo@bar", "x@mail.internal"])
def test_what_is_no_address_gets_no_mail(limits, address):
    assert not limits.may_write(address)
