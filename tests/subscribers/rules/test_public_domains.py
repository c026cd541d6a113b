import pytest

from digest.errors import InputError
from digest.subscribers.rules.addresses import mistake_in, normalise_new, normalise_public
from digest.subscribers.rules.public_domains import is_provider, is_public, mailbox_of

PUBLIC = [
    "example.org",
    "bücher.example.de",
    "xn--bcher-kva.ch",
    "x.भारत",
    "y.xn--h2brj9c",
    "a.中国",
]
LOCAL = [
    *("bar", "127.0.0.1", "10.0x7f", "mail.internal", "printer.local", "x.localhost", "a.test"),
    *("nas.lan", "x.invalid", "y.onion", "1.0.0.127.in-addr.arpa", "B.INTERNAL"),
]


def test_domains_of_the_internet_are_told_from_others():
    assert [is_public(domain) for domain in PUBLIC] == [True] * len(PUBLIC)
    assert [is_public(domain) for domain in LOCAL] == [False] * len(LOCAL)


@pytest.mark.parametrize("domain", ["127.0.0.1", "mail.internal", "nas.lan"])
def test_a_form_refuses_what_an_operator_may_add(domain):
    assert normalise_new(f"x@{domain}") == f"x@{domain}"
    with pytest.raises(InputError, match="public internet"):
        normalise_public(f"x@{domain}")
    assert "from the internet" in mistake_in(f"x@{domain}").message


def test_a_public_address_is_taken_as_it_is_stored():
    assert normalise_public(" Ann@Example.org ") == "ann@example.org"
    assert mistake_in("ann@example.org") is None


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("ann+papers@example.org", "ann@example.org"),
        ("a.n.n@example.org", "a.n.n@example.org"),
        ("a.n.n+x+y@googlemail.com", "ann@gmail.com"),
        ("ann@gmail.com", "ann@gmail.com"),
        ("+x@example.org", "+x@example.org"),
    ],
)
def test_spellings_of_one_mailbox_are_one(address, mailbox):
    assert mailbox_of(address) == mailbox
    assert mailbox_of(mailbox) == mailbox


def test_a_provider_is_no_firm():
    assert is_provider("gmail.com")
    assert not is_provider("example.org")
