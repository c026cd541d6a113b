"""Restrict fetches to public addresses; each name is looked up once.

Otherwise a source, or a redirect of it, could make this service ask machines behind its own
firewall. The address that was checked is the one that is connected to, so a second look at the
name service cannot bring another.
"""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], list[Address]]  # host, port -> addresses, the best first
Allowed = Callable[[Address], bool]

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last four bytes
# Networks that the standard library takes for global: what a NAT64 of one's own translates (RFC
# 8215), addresses of a site (RFC 3879), IPv4 within IPv6 as it once was (RFC 4291, 2.5.5.1; RFC
# 2765, 2.1), and segments of a network's own routing (RFC 9602).
_INTERNAL = tuple(
    IPv6Network(each)
    for each in ("64:ff9b:1::/48", "fec0::/10", "::/96", "::ffff:0:0:0/96", "5f00::/16")
)


def resolve(host: str, port: int) -> list[Address]:
    """Return the addresses of a host; OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # A link-local IPv6 address comes with its interface behind a percent sign.
    texts = [str(place[0]).partition("%")[0] for *_, place in found]
    return [ip_address(text) for text in dict.fromkeys(texts)]


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet, also where IPv6 wraps an IPv4 address."""
    if isinstance(address, IPv6Address):
        wrapped = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            wrapped.append(IPv4Address(int(address) & 0xFFFFFFFF))
        if any(address in network for network in _INTERNAL):
            return False
        if not all(is_public(inner) for inner in wrapped if inner is not None):
            return False
    return address.is_global and not address.is_multicast


def anywhere(_address: Address) -> bool:
    """Allow all addresses: for intranets and tests."""
    return True
