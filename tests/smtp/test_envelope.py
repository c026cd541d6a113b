"""Commands of an envelope, and what is refused before a server is asked."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.model import Message, Reply
from digest.smtp.envelope import Offers, envelope, stuffed
from tests.smtp.notes import make_message

NOTHING = Offers()
EVERYTHING = Offers(pipelining=True, max_bytes=0, eight_bit=True, utf8=True)


def test_only_what_is_offered_and_needed_is_used():
    plain = make_message(body=b"Subject: x\r\n\r\n")
    eight_bit = make_message(body="Subject: \u00e4\r\n".encode(), recipient="j\u00f6rg@example.org")
    tail = b"\r\nRCPT TO:<r1@example.org>\r\nDATA\r\n"
    assert envelope(plain, NOTHING) == b"MAIL FROM:<bounce@example.org>" + tail
    assert envelope(plain, EVERYTHING) == b"MAIL FROM:<bounce@example.org> SIZE=14" + tail
    assert (
        envelope(eight_bit, EVERYTHING)
        == (
            "MAIL FROM:<bounce@example.org> SIZE=13 BODY=8BITMIME SMTPUTF8\r\n"
            "RCPT TO:<j\u00f6rg@example.org>\r\nDATA\r\n"
        ).encode()
    )


@pytest.mark.parametrize(
    ("message", "offers", "beginning", "command"),
    [
        (make_message(recipient="j\u00f6rg@example.org"), NOTHING, "553 5.6.7", "MAIL"),
        (make_message(sender="j\u00f6rg@example.org"), NOTHING, "553 5.6.7", "MAIL"),
        (make_message(body=b"\xc3\xa4\r\n"), NOTHING, "554 5.6.3", "MAIL"),
        (make_message(body=b"x" * 11), Offers(max_bytes=10), "552 5.3.4", "MAIL"),
        (make_message(sender="a b@example.org"), EVERYTHING, "553 5.1.7", "MAIL"),
        (make_message(recipient="a" * 255), EVERYTHING, "553 5.1.3", "RCPT"),
    ],
)
def test_what_the_server_cannot_take_is_refused_by_us(message, offers, beginning, command):
    refusal = envelope(message, offers)
    assert isinstance(refusal, Reply)
    assert str(refusal).startswith(beginning)
    assert "refused by digest" in refusal.text
    assert refusal.command == command


@pytest.mark.parametrize("bad", list("\r\n\t\0 <>\x85\u2028\ud800"))
@pytest.mark.parametrize("field", ["sender", "recipient"])
def test_no_address_can_smuggle_in_a_command(bad, field):
    message = make_message(**{field: f"ann{bad}@example.org"})
    assert isinstance(envelope(message, EVERYTHING), Reply)


@given(st.text(max_size=30), st.text(max_size=30))
def test_an_envelope_is_always_three_lines(sender, recipient):
    commands = envelope(Message(1, sender, recipient, b""), EVERYTHING)
    if isinstance(commands, bytes):
        assert re.fullmatch(rb"MAIL FROM:<[^\r\n]+\r\nRCPT TO:<[^\r\n]+>\r\nDATA\r\n", commands)


@given(st.text(alphabet=".\r\nab", max_size=12).map(str.encode))
@example(b"")
@example(b"a\n.")
def test_no_body_can_end_early(body):
    sent = stuffed(Message(1, "bounce@example.org", "r1@example.org", body))
    assert b"\n.\r" not in sent
    assert b"\n.\n" not in sent
    assert not sent.startswith(b".\r")
    assert sent.endswith(b"\r\n")
    unstuffed = re.sub(rb"(?m)^\.", b"", sent)
    assert unstuffed in (body, body + b"\r\n")


def test_a_composed_body_is_not_looked_at():
    message = make_message(body=b"Subject: x\r\n\r\nabc.def\r\n")._replace(plain=True)
    assert stuffed(message) is message.body
