"""Which domains can receive mail from the internet, and which mailbox an address leads to.

A form that anybody can fill in must not write to machines of the operator's own network, nor many
times to one person under many spellings of their address.
"""

_SPECIAL = frozenset(  # top-level names that the public name system does not have
    (
        *("alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion", "test"),
        *("corp", "home", "intranet", "lan", "localdomain", "private"),
    )
)  # RFC 6761, RFC 6762, RFC 7686, RFC 9476; ICANN reserves "internal"; the second line is in use
_GMAIL = frozenset(("gmail.com", "googlemail.com"))
_PROVIDERS = _GMAIL | {
    *("outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "aol.com", "icloud.com"),
    *("me.com", "mac.com", "proton.me", "protonmail.com", "fastmail.com", "zoho.com", "hey.com"),
    *("gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de", "posteo.de", "mailbox.org"),
    *("qq.com", "163.com", "126.com", "foxmail.com", "naver.com", "mail.ru", "yandex.ru"),
}


def is_full(domain: str) -> bool:
    """Whether a domain is more than a single label.

    Mail names its domains in full (RFC 5321, section 2.3.5): a name without a dot is another
    machine on each network (RFC 7085).
    """
    return "." in domain


def is_public(domain: str) -> bool:
    """Whether a domain, in Unicode or ASCII, may be one of the public internet.

    A single label is not, nor is what ends like an IP address: no top-level name has a digit (RFC
    3696, section 2), but for those that are encoded.
    """
    top = domain.lower().rpartition(".")[2]
    numeric = any(letter.isdigit() for letter in top) and not top.startswith("xn--")
    return is_full(domain) and top not in _SPECIAL and not numeric


def mailbox_of(address: str) -> str:
    """Return one spelling for all addresses that most likely lead to one mailbox.

    address: normalised. What follows a plus is left out (RFC 5233), and the dots of Gmail, whose
    two domains are one.
    """
    name, _, domain = address.rpartition("@")
    name = name.partition("+")[0] or name
    if domain in _GMAIL:
        name, domain = name.replace(".", "") or name, "gmail.com"
    return f"{name}@{domain}"


def is_provider(domain: str) -> bool:
    """Whether many people who have nothing to do with each other have addresses in a domain."""
    return domain in _PROVIDERS
