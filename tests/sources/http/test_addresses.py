from ipaddress import ip_address

import pytest

from digest.sources.http.addresses import anywhere, is_public, resolve


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",  # carriers' own (RFC 6598)
        "0.0.0.0",  # noqa: S104 -- nothing is bound to it
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",  # 10.0.0.1 behind NAT64
        "2002:a00:1::",  # and behind 6to4
        "::ffff:0:a00:1",  # and as it was translated once
        "5f00::1",  # segments of a network's own routing
    ],
)
def test_what_is_not_the_open_internet_is_not_public(text):
    assert not is_public(ip_address(text))
    assert anywhere(ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_the_open_internet_is_public(text):
    assert is_public(ip_address(text))


def test_an_address_is_its_own_name():
    assert resolve("127.0.0.1", 80) == [ip_address("127.0.0.1")]
    assert resolve("::1", 80) == [ip_address("::1")]
