import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.rules.web_addresses import web_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://example.org/1", "https://example.org/1"),
        (" https://Example.org/A?b=c&d=%20#e ", "https://example.org/A?b=c&d=%20#e"),
        ("http://example.org:8080/a~b/(c)", "http://example.org:8080/a~b/(c)"),
        ("https://example.org/wärme und tee", "https://example.org/w%C3%A4rme%20und%20tee"),
        ("https://example.org/?q=ä&x=<b>#ü", "https://example.org/?q=%C3%A4&x=%3Cb%3E#%C3%BC"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
        ("https://[::1]/x", "https://[::1]/x"),
        ("https://example.org/10.1234/a%2Fb", "https://example.org/10.1234/a%2Fb"),
    ],
)
def test_an_address_is_written_in_ascii_and_else_as_it_is(text, address):
    assert web_address(text) == address
    assert web_address(address) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "example.org/1", "/1", "javascript:alert(1)", "data:text/html,x", "ftp://x.org/"),
        *("https://", "https:///x", "https://user@example.org/", "https://u:p@example.org/"),
        *("https://example.org:port/", "https://[::1", "https://exa mple.org/", "https://a<b>/"),
        *("https://example.org/a\nb", "https://example.org/\u202e", "https://xn--zz\u0301\u200b/"),
        *("https://example.org/" + "x" * 500, "https://example.org/" + "ä" * 200, "\ud800"),
    ],
)
def test_what_is_no_address_of_the_web_is_none(text):
    assert web_address(text) == ""


@given(st.text() | st.text().map(lambda text: f"https://{text}"))
def test_any_text_is_a_short_plain_address_or_none(text):
    address = web_address(text)
    assert address.isascii()
    assert len(address) <= 500
    assert not set(address) & set(' "<>\\^`{|}\n')
    assert not address or web_address(address) == address
