from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.ground.tokens.return_paths import ReturnPaths, read_return_path
from digest.model import Message
from digest.render.dkim import DkimKey, relaxed_body, relaxed_field, sign
from digest.render.quoted_printable import encode
from tests.dkim_verifiers import records, verified, verified_by_perl
from tests.factories import everybodys
from tests.render.digest.test_renderer import TEXTS, mailings
from tests.render.editions import make_edition, make_picks, make_reader, make_renderer

AT = datetime(2024, 2, 29, 6, tzinfo=UTC)  # dkimpy refuses a time to come, whatever the year is
RSA = DkimKey("papers.example.org", "r2024", generate_private_key(65537, 2048))
ED25519 = DkimKey("papers.example.org", "e2024", Ed25519PrivateKey.generate())
KEYS = (RSA, ED25519)
DNS = records(*KEYS)


def past(edition):
    return replace(edition, sends_at=AT)


def make_signing_renderer(edition, keys=KEYS):
    return make_renderer(past(edition), dkim_keys=keys)


def digest_mail(keys=KEYS):
    edition = make_edition()
    return make_signing_renderer(edition, keys).message(make_reader(), make_picks(edition)).body


@settings(max_examples=12, deadline=None)
@given(mailings())
def test_whatever_the_texts_both_ways_of_signing_are_valid(mailing):
    edition, reader, picks = mailing
    signed = make_signing_renderer(edition).message(reader, picks)
    plain = make_renderer(past(edition)).message(reader, picks)
    assert verified(signed.body, DNS) == [True, True]
    assert verified(sign(plain, KEYS, AT).body, DNS) == [True, True]
    assert signed.body.endswith(plain.body)  # signatures go on top, the rest stays as it was


@settings(max_examples=40)
@given(st.lists(TEXTS | st.text(st.characters(codec="utf-8")), min_size=1, max_size=5))
def test_joined_quoted_printable_is_in_relaxed_form_already(texts):
    pieces = [encode(text.encode(errors="replace").decode()) for text in texts]
    body = b"".join([b"--=_b\r\n\r\n", *pieces, b"\r\n--=_b--\r\n"])
    assert relaxed_body(body) == body


@settings(max_examples=10, deadline=None)
@given(mailings())
def test_the_body_of_every_mail_is_in_relaxed_form_already(mailing):
    edition, reader, picks = mailing
    body = make_renderer(edition).message(reader, picks).body.partition(b"\r\n\r\n")[2]
    assert relaxed_body(body) == body


@pytest.mark.parametrize(
    ("body", "relaxed"),
    [
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),  # RFC 6376, section 3.4.5
        (b"", b""),
        (b"\r\n \r\n\r\n", b""),
        (b"no line end \t", b"no line end\r\n"),
    ],
)
def test_the_relaxed_form_of_a_body_is_that_of_the_rfc(body, relaxed):
    assert relaxed_body(body) == relaxed


@pytest.mark.parametrize(
    ("field", "relaxed"),
    [
        (b"A: X\r\n", b"a:X\r\n"),  # RFC 6376, section 3.4.5
        (b"B : Y\t\r\n\tZ  \r\n", b"b:Y Z\r\n"),
        (b"Subject:\r\n", b"subject:\r\n"),
    ],
)
def test_the_relaxed_form_of_a_field_is_that_of_the_rfc(field, relaxed):
    assert relaxed_field(field) == relaxed


def test_an_implementation_that_is_not_python_s_verifies_too(tmp_path):
    for message in (digest_mail(), digest_mail([RSA])):
        found = verified_by_perl(message, DNS, tmp_path)
        assert "pass rsa-sha256" in found
        assert not [line for line in found if "rsa" in line and not line.startswith("pass")]
    altered = digest_mail().replace(b"10 picked", b"11 picked", 1)
    assert "pass rsa-sha256" not in verified_by_perl(altered, DNS, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\r\nSubject: F", b"\r\nSubject: G"),
        (b"\r\nList-Unsubscribe: <https", b"\r\nList-Unsubscribe: <http"),
        (b"One-Click", b"Two-Click"),
        (b"\r\nList-Help: <", b"\r\nList-Help: <x"),
        (b"* A Small", b"* A Great"),
        (b"\r\nFrom: Daily papers", b"\r\nFrom: x@example.com\r\nFrom: Daily papers"),
        (b"\r\nMIME-Version", b"\r\nFrom: x@example.com\r\nMIME-Version"),
        (b"quoted-printable\r\n\r\n", b"quoted-printable\r\n\r\nx"),
    ],
)
def test_nothing_that_matters_can_be_changed_or_added(old, new):
    message = digest_mail()
    assert old in message
    assert verified(message.replace(old, new, 1), DNS) == [False, False]


def test_blanks_and_folding_on_the_way_do_no_harm():
    message = digest_mail()
    refolded = message.replace(b"\r\nList-Help: ", b"\r\nlist-help:\r\n\t", 1) + b"\r\n\r\n"
    assert refolded != message
    assert verified(refolded, DNS) == [True, True]


def test_the_same_mail_has_the_same_signature_every_time():
    assert digest_mail() == digest_mail()
    assert b"t=1709186400;" in digest_mail()


def test_every_line_of_a_signature_is_short():
    for line in digest_mail().partition(b"\r\nFrom:")[0].split(b"\r\n"):
        assert len(line) <= 76


def test_without_a_key_nothing_is_signed():
    message = Message(1, "a@example.org", "b@example.org", b"From: a@example.org\r\n\r\nhi\r\n")
    assert sign(message, (), AT) is message
    assert not make_renderer(make_edition()).signs


@settings(max_examples=40)
@given(
    st.lists(st.text(st.characters(codec="ascii", categories=["L", "Zs", "P"]), max_size=30)),
    st.binary(max_size=200),
)
def test_any_message_can_be_signed(lines, body):
    head = "".join(f"X-{number}: {line}\r\n" for number, line in enumerate(lines))
    text = b"\r\n".join(body.replace(b"\r", b"").split(b"\n"))
    content = b"From: a@papers.example.org\r\nTO: b\r\n" + head.encode() + b"\r\n" + text + b"\r\n"
    message = sign(Message(1, "", "", content), KEYS, AT)
    assert message.body.endswith(content)
    assert verified(message.body, DNS) == [True, True]


def test_the_envelope_sender_names_the_delivery_where_that_is_wanted():
    edition, key = make_edition(), b"a key that only these tests have"
    renderer = make_renderer(edition, return_paths=ReturnPaths(key, "bounce@papers.example.org"))
    message = renderer.message(make_reader(42), make_picks(edition))
    assert message.sender.startswith("bounce+")
    claim = read_return_path([key], message.sender, everybodys)
    assert (claim.subscriber_id, claim.edition) == (42, edition.date)
    plain = make_renderer(edition).message(make_reader(42), make_picks(edition))
    assert plain.sender == "bounce@papers.example.org"
    assert message.body == plain.body
