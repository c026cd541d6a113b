from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.devtools.sink.inbox_message import (
    Link,
    Summary,
    imitate_scheme,
    open_message,
    summarise,
)


def make_mail(
    html: str = "", text: str = "A text.\n", cte: str = "quoted-printable", **headers: str
) -> bytes:
    message = EmailMessage(policy=SMTP)
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text, cte=cte)
    if html:
        message.add_alternative(html, subtype="html", cte=cte)
    return message.as_bytes()


def test_headers_are_decoded_and_kept_as_they_came():
    opened = open_message(make_mail(Subject="Größe zählt: 你好", From="Jörg <j@example.org>"))
    assert dict(opened.headers)["Subject"] == "Größe zählt: 你好"
    assert "=?utf-8?" in opened.raw_headers
    assert "A text" not in opened.raw_headers


def test_a_summary_reads_folded_and_repeated_headers():
    data = (
        b"to: a@example.org\r\nSUBJECT: one\r\n two\r\n"
        b"From: =?utf-8?q?J=C3=B6rg?= <j@x.example>\r\n\r\nSubject: no\r\n"
    )
    assert summarise(data) == Summary("one two", "Jörg <j@x.example>", "a@example.org")


def test_raw_utf_8_in_a_header_is_read():
    assert summarise("Subject: Größe\r\n\r\n".encode()).subject == "Größe"


@pytest.mark.parametrize(
    ("cte", "wire_bytes"), [("8bit", 16), ("quoted-printable", 24), ("base64", 26)]
)
def test_both_parts_come_with_their_sizes(cte, wire_bytes):
    opened = open_message(make_mail("<p>Grüße</p>", "Grüße\n", cte))
    assert opened.html is not None
    assert opened.text is not None
    assert opened.html.text == "<p>Grüße</p>\r\n"
    assert opened.html.decoded_bytes == len("<p>Grüße</p>\r\n".encode())
    assert opened.html.wire_bytes == wire_bytes
    assert opened.text.text == "Grüße\r\n"


def test_the_larger_size_counts_for_gmail():
    opened = open_message(make_mail("<p>" + "ü" * 20_000))  # 40 kB decoded, 120 kB quoted-printable
    assert opened.html is not None
    assert opened.html.decoded_bytes < 104_448 < opened.html.wire_bytes
    assert opened.html.clip_share > 1


def test_an_attachment_is_not_the_text_of_a_letter():
    message = EmailMessage(policy=SMTP)
    message.set_content("<p>The opened</p>", subtype="html")
    message.add_attachment("An attached note.\n")
    opened = open_message(message.as_bytes())
    assert opened.text is None
    assert opened.html is not None


def test_links_have_their_text_and_their_target():
    html = """<a href="https://a.example/?x=1&amp;y=2">A <b>bold</b>
        one</a> <a name=anchor>none</a> <a href="javascript:alert(1)">bad</a>
        <a href=" https://b.example "><img alt="A picture"> <a href="http://[">broken"""
    assert open_message(make_mail(html)).links == (
        Link("A bold one", "https://a.example/?x=1&y=2"),
        Link("bad", "javascript:alert(1)"),
        Link("A picture", "https://b.example"),
        Link("broken", "http://["),
    )


@pytest.mark.parametrize(
    ("url", "opens"),
    [
        ("https://a.example", True),
        ("HTTP://a.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("mailto:a@example.org", False),
        ("http://[", False),
        ("//a.example", False),
    ],
)
def test_only_web_addresses_can_be_opened(url, opens):
    assert Link("text", url).can_be_opened is opens


def test_the_dark_scheme_is_imitated():
    css = (
        "@media (prefers-color-scheme: dark) {a} @media screen and (Prefers-Color-Scheme:light) {b}"
    )
    assert imitate_scheme(css, dark=True) == (
        "@media (min-width: 0) {a} @media screen and (max-width: 0) {b}"
    )
    assert imitate_scheme(css, dark=False) == (
        "@media (max-width: 0) {a} @media screen and (min-width: 0) {b}"
    )


HOSTILE = [
    b"",
    b"\r\n\r\n",
    b"no header at all",
    b"Subject: =?utf-8?b?!!!?=\r\n\r\n",
    b"Subject: =?no-such-charset?q?x?=\r\n\r\n",
    b"Subject: \xff\xfe\r\nFrom: \x00\r\n\r\n",
    b"Content-Type: text/html; charset=no-such\r\n\r\n<p>\xff",
    b'Content-Type: text/html; charset="\x00"\r\n\r\n<p>',
    b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA-",
    b"Content-Type: text/plain; charset=rot13\r\n\r\nx",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x\r\n--x--",
    b"Content-Type: multipart/mixed\r\n\r\nno boundary",
    b"Content-Type: message/rfc822\r\n\r\nContent-Type: text/html\r\n\r\n<p>inner",
    b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n!",
    b"Content-Type: text/html\r\n\r\n<![if x]><!DOCTYPE [<a href><!--",
    b"Content-Type: text/html; charset*=utf-8''%ff\r\nContent-Disposition: ;;\r\n\r\nx",
]


@pytest.mark.parametrize("data", HOSTILE)
def test_hostile_bytes_are_a_letter_all_the_same(data):
    summarise(data)
    open_message(data)


@given(
    st.lists(
        st.sampled_from(
            [
                b"Subject: ",
                b"Content-Type: text/html; charset=",
                b"\r\n",
                b"=?utf-8?b?",
                b"?=",
                b"multipart/mixed; boundary=x",
                b"--x",
                b"<a href=",
                b"<!",
                b"&#",
            ]
        )
        | st.binary(max_size=8),
        max_size=30,
    ).map(b"".join)
)
def test_any_bytes_are_a_letter(data):
    summarise(data)
    open_message(data)
