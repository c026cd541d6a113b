"""Whatever comes, reading a mail takes little time and never fails."""

import importlib
import pkgutil
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.intake import returned
from digest.intake.returned.automatic_replies import describe_automatic
from digest.intake.returned.feedback import one_line
from digest.intake.returned.fields import Fields, read_fields
from digest.intake.returned.known_texts import read_text
from digest.intake.returned.mime_parts import LONGEST_TEXT, MOST_PARTS, Part, read_parts
from digest.intake.returned.reading import MailKind, read_return
from tests.intake.returned.corpus import IDENTIFY, expectations, octets

LONG = 100_000
PATTERN_SECONDS, MAIL_SECONDS = 1.0, 5.0  # a hundred times what they take on a quiet machine
NAMES = [each.name for each in expectations()]


def modules():
    return [
        importlib.import_module(f"{returned.__name__}.{module.name}")
        for module in pkgutil.iter_modules(returned.__path__)
    ]


def patterns() -> list[re.Pattern]:
    found = {
        value.pattern: value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, re.Pattern)
    }
    return list(found.values())


def test_the_patterns_are_found():
    assert len(patterns()) >= 15


@pytest.mark.parametrize(
    "piece", ["a", " ", "<", "@", "+", "-", "=", "1", ".", "a@", "\n", "a+", "/u/"]
)
@pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.pattern[:30])
def test_a_pattern_takes_time_in_proportion_to_the_text(pattern, piece):
    text = piece * (LONG // len(piece))
    text = text if isinstance(pattern.pattern, str) else text.encode()
    started = time.process_time()
    pattern.sub(text[:0], text)
    assert time.process_time() - started < PATTERN_SECONDS


HEADER = b"From: MAILER-DAEMON@example.net\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"


def nested(depth: int) -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (each, each)
        for each in range(depth)
    )
    return HEADER + opened + b"\nUser unknown: ann@example.net"


HOSTILE = {
    "deep": nested(5000),
    "many parts": HEADER
    + b"Content-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\n\nx\n" * 200_000,
    "base64": HEADER + b"Content-Transfer-Encoding: base64\n\n" + b"QUFB\n" * 900_000,
    "long line": HEADER + b"\n" + b"a" * 4_000_000,
    "at signs": HEADER + b"\n" + b"a@" * 2_000_000,
    "spaces": HEADER + b"\n" + b" " * 4_000_000 + b"x",
    "tags": HEADER + b"Content-Type: text/html\n\n" + b"<a " * 1_000_000,
    "styles": HEADER + b"Content-Type: text/html\n\n" + b"<style>" * 500_000,
    "entities": HEADER + b"Content-Type: text/html\n\n" + b"&amp;" * 800_000,
    "one field": b"Subject: " + b"=?utf-8?q?" * 400_000 + b"\n\nx",
    "fields": b"X-A: b\n" * 600_000 + b"\nx",
    "folded": b"From: " + b"\n a" * 900_000 + b"\n\nx",
    "semicolons": b"Content-Type: multipart/mixed" + b';a="' * 500_000 + b"\n\nx",
    "groups": HEADER
    + b"Content-Type: multipart/report; boundary=b\n\n"
    + b"--b\nContent-Type: message/delivery-status\n\n"
    + b"Action: failed\nFinal-Recipient: rfc822; a@b.example\n\n" * 60_000,
    "introductions": HEADER + b"\n" + b"recipient unknown\n" * 250_000,
    "qmail": HEADER + b"\n" + b"Hi. This is the\n\n" + b"<" * 4_000_000,
    "exchange": HEADER + b"\ndid not reach the following recipient\n" + b"a " * 2_000_000,
    "idna": HEADER + b"Content-Type: text/plain; charset=idna\n\n" + b"xn--" * 900_000,
    "digits": b"Content-Type: text/plain; a*" + b"9" * 100_000 + b"=x; charset*0*=''%\n\nx",
    "tokens": b"To: " + b"bounces+" + b"a" * 33 + b"@x.org," * 100_000 + b"\n\nx",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_takes_little_time(name):
    started = time.process_time()
    read_return(HOSTILE[name], ["bounces+" + "a" * 33 + "@example.org"] * 1000, IDENTIFY)
    read_return(HOSTILE[name], [], IDENTIFY)
    assert time.process_time() - started < MAIL_SECONDS


def test_parts_and_texts_have_bounds():
    assert len(read_parts(HOSTILE["many parts"])[1]) == MOST_PARTS
    _, parts = read_parts(HOSTILE["base64"])
    assert len(parts[0].text) == LONGEST_TEXT
    _, parts = read_parts(nested(50))
    assert [part.kind for part in parts] == ["multipart/mixed"]


@pytest.mark.parametrize(
    "charset",
    ["nonsense", "base64", "zlib", "undefined", "idna", "punycode", "\0", "utf-16", "a" * 99],
)
def test_a_charset_that_makes_no_sense_is_passed_over(charset):
    fields = Fields((("content-type", f'text/plain; charset="{charset}"'),))
    assert isinstance(Part("text/plain", fields, "zürich\n".encode()).text, str)


def test_what_has_no_charset_is_utf_8_or_latin_1():
    assert Part("text/plain", Fields(()), "zürich".encode()).text == "zürich"
    assert Part("text/plain", Fields(()), "zürich".encode("latin-1")).text == "zürich"


def test_words_have_no_address_and_no_token_and_one_line():
    said = one_line(
        "<ann@example.net>:\n no\t\0 https://x.org/u/VAAAAAAHAAAAAAAAAAAAAAAAAAAAAAAAAAAA1"
    )
    assert "ann" not in said
    assert "VAAA" not in said
    assert "\n" not in said
    assert len(one_line("word " * 10_000)) <= 500


LINES = st.sampled_from(
    [
        *(b"From: MAILER-DAEMON@x.example", b"From: ann@x.example", b"Subject: Undelivered Mail"),
        *(b"Content-Type: multipart/report; boundary=b", b"Content-Type: message/delivery-status"),
        *(
            b"Content-Type: message/rfc822",
            b"Content-Type: message/feedback-report",
            b"--b",
            b"--b--",
        ),
        *(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable"),
        *(b"Content-Type: text/html; charset=utf-7", b"Feedback-Type: abuse", b"", b" folded"),
        *(b"Action: failed", b"Action:", b"Status: 5.1.1", b"Final-Recipient: rfc822; a@x.example"),
        *(b"Diagnostic-Code: smtp; 550 5.1.1 no", b"<a@x.example>: no", b"Hi. This is the"),
        *(b"X-Failed-Recipients: \xff@x", b"Subject: =?utf-8?b?/w==?=", b"=FF=", b"+AGE-", b":"),
    ]
) | st.binary(max_size=40)


@given(st.lists(LINES, max_size=40), st.sampled_from([b"\n", b"\r\n", b"\r"]))
@settings(max_examples=500)
def test_no_mail_makes_it_raise(lines, end):
    result = read_return(end.join(lines), ["bounces@example.org"], IDENTIFY)
    assert isinstance(result.kind, MailKind)
    assert not any(each.trusted for each in result.feedback)


@given(st.binary(max_size=2000))
def test_no_bytes_make_it_raise(raw):
    assert read_return(raw, [raw.decode("latin-1")], IDENTIFY).kind in MailKind


@given(st.sampled_from(NAMES), st.data())
@settings(max_examples=300)
def test_a_mail_of_the_corpus_that_was_damaged_is_read_all_the_same(name, data):
    raw = bytearray(octets(name))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=10))
    assert read_return(bytes(raw), [], IDENTIFY).kind in MailKind


@given(st.text(max_size=300), st.text(max_size=300))
def test_headers_of_any_text_are_read(subject, body):
    fields = read_fields(f"Subject: {subject}\nFrom: {subject}\n".encode("utf-8", "replace"))
    describe_automatic(fields)
    read_text(fields, [Part("text/plain", fields, body.encode("utf-8", "replace"))])
