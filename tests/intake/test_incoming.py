import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InputError
from digest.intake.incoming import LARGEST_BYTES, read_mail

PLAIN = b"From: ann@example.org\r\nTo: unsubscribe+aa@x.org\r\nSubject: unsubscribe\r\n\r\n"
LINES = st.sampled_from(
    [
        *(b"To: <a+b@x.org>", b"To: =?utf-8?b?/w==?=", b"To: \xff\xfe", b"Delivered-To:", b" more"),
        *(b"Auto-Submitted: auto-replied; x", b"Content-Type: multipart/report; x=", b"", b":"),
        *(b"Return-Path: <>", b"From ann Thu Nov 19", b"no field at all", b"To : \0"),
    ]
) | st.binary(max_size=30)


def test_what_servers_wrote_comes_before_what_the_sender_wrote():
    raw = b"X-Original-To: b@x.org\r\nDelivered-To: c@x.org\r\n" + PLAIN
    mail = read_mail(raw, ["a@x.org"])
    assert mail.addressed == ("a@x.org", "b@x.org", "c@x.org", "unsubscribe+aa@x.org")
    assert mail.automatic == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"Auto-Submitted: Auto-Replied (vacation)", "automatic reply"),
        (b"X-Autoreply: yes", "automatic reply"),
        (b"Return-Path: <>", "report"),
        (b"Content-Type: Multipart/Report; report-type=delivery-status", "report"),
        (b"List-Id: Daily papers <digest.example.org>", "list"),
    ],
)
def test_mail_that_nobody_meant_is_seen(line, words):
    assert words in read_mail(line + b"\r\n" + PLAIN).automatic


@pytest.mark.parametrize(
    "line", [b"Auto-Submitted: no", b"Auto-Submitted: auto-generated", b"Return-Path: <a@x.org>"]
)
def test_a_mail_program_may_write_for_its_user(line):
    assert read_mail(line + b"\r\n" + PLAIN).automatic == ""


def test_what_is_too_large_or_no_mail_is_refused():
    for raw in (b"", b"\r\n\r\nonly a body", b"hello", b"x" * 1000, b"\0" * 1000):
        with pytest.raises(InputError, match="no header"):
            read_mail(raw)
    with pytest.raises(InputError, match="more than"):
        read_mail(PLAIN + b"a" * LARGEST_BYTES)
    assert read_mail(PLAIN + b"a" * (LARGEST_BYTES - len(PLAIN))).addressed


def test_fields_are_read_with_bounds():
    raw = b"To: " + b"a@x.org, " * 20_000 + b"\r\n" + b"Delivered-To: b@x.org\r\n\r\n"
    assert max(map(len, read_mail(raw).addressed)) == 4096


@given(st.lists(LINES, max_size=12), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_whatever_comes_is_read_or_refused(lines, end):
    try:
        mail = read_mail(end.join(lines))
    except InputError:
        return
    assert all(isinstance(text, str) for text in mail.addressed)
