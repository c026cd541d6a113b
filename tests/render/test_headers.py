import re
from datetime import UTC, date, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ComposeError
from digest.ground.text.plain_text import clean
from digest.render import headers

DAY = date(2026, 11, 21)
WORDS = st.sampled_from(
    ["7 papers:", "·", "é", "漢字", "👩‍🔬", "=?utf-8?q?x?=", "x" * 90, '"', "\\"]
)
LINES = st.lists(WORDS | st.text(max_size=20), min_size=1, max_size=12).map(" ".join).map(clean)


def parse(field):
    return message_from_bytes(field + b"\r\n", policy=policy.default)


@given(LINES)
def test_a_subject_in_any_script_survives(line):
    field = headers.field("Subject", headers.text(line))
    assert str(make_header(decode_header(unfolded(field)))) == line


@given(LINES)
def test_encoded_words_are_short_and_of_whole_characters(line):
    for word in re.findall(r"=\?utf-8\?[qb]\?[^?]*\?=", headers.text(line)):
        assert len(word) <= 75
        decoded, charset = decode_header(word)[0]
        assert decoded.decode(charset)


@given(LINES)
def test_lines_have_at_most_76_octets_where_there_is_a_blank_to_break_at(line):
    field = headers.field("Subject", headers.text(line))
    assert field.endswith(b"\r\n")
    assert all(len(each) <= 76 for each in field.split(b"\r\n"))


@given(LINES.filter(bool))
def test_a_sender_in_any_script_keeps_name_and_address(name):
    field = headers.field("From", headers.mailbox(name, "digest@example.org"))
    sender = parse(field)["From"].addresses[0]
    assert sender.addr_spec == "digest@example.org"
    assert "".join(sender.display_name.split()) == "".join(name.split())
    assert b"<digest@example.org>" in field


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Daily papers", "Daily papers <a@b.example>"),
        ("Müller, Jörg", "=?utf-8?q?M=C3=BCller=2C_J=C3=B6rg?= <a@b.example>"),
        ("Bauer, Ann", '"Bauer, Ann" <a@b.example>'),
        ('Ann "A" Bauer', '"Ann \\"A\\" Bauer" <a@b.example>'),
        ("研究", "=?utf-8?b?56CU56m2?= <a@b.example>"),
        ("", "a@b.example"),
        ("  ", "a@b.example"),
    ],
)
def test_a_name_is_written_as_it_needs(name, expected):
    assert headers.mailbox(name, "a@b.example") == expected


def test_only_the_domain_of_an_address_becomes_ascii():
    assert headers.addr_spec("jörg@bücher.example") == "jörg@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address",
    [
        *("", "anybody", "a@b@c", "a b@c", "a@b\r\nX: y", "<a@b>", "a@", "a@b,c", "a@\u2028"),
        *("a@b\x00", "a@" + "ä" * 70, "a@b/c"),
    ],
)
def test_what_is_no_plain_address_is_refused(address):
    with pytest.raises(ComposeError) as caught:
        headers.addr_spec(address)
    assert not address or address not in str(caught.value)


def test_addresses_of_pages_are_never_encoded_or_broken():
    address = "https://example.org/u/" + "x" * 300
    assert headers.field("List-Unsubscribe", headers.uri(address)) == (
        f"List-Unsubscribe: <{address}>\r\n".encode()
    )


@pytest.mark.parametrize("address", ["ftp://a/", "https://a/ b", "https://a/>", "https://a/ä", "x"])
def test_other_addresses_are_no_pages(address):
    with pytest.raises(ComposeError):
        headers.uri(address)


@pytest.mark.parametrize("value", ["a\r\nBcc: b", "a\nb", "a\x00b", "a\x85b", "a\u2028b"])
def test_control_characters_are_refused(value):
    with pytest.raises(ComposeError, match="Subject"):
        headers.field("Subject", value)


def test_a_word_that_no_line_can_hold_is_refused():
    with pytest.raises(ComposeError, match="too long"):
        headers.field("List-Help", "x" * 1000)


def test_a_message_id_belongs_to_edition_reader_and_domain():
    first = headers.message_id(DAY, 7, "example.org")
    assert re.fullmatch(r"<20261121\.7\.[0-9a-f]{24}@example\.org>", first)
    others = {
        headers.message_id(DAY + timedelta(1), 7, "example.org"),
        headers.message_id(DAY, 8, "example.org"),
        headers.message_id(DAY, 7, "example.net"),
    }
    assert len(others | {first}) == 4


def test_a_boundary_cannot_occur_in_quoted_printable():
    assert re.fullmatch(
        r"=_[0-9a-f]{24}", headers.boundary(headers.message_id(DAY, 7, "example.org"))
    )


def test_a_date_has_a_numeric_zone():
    moment = datetime(2026, 11, 21, 7, tzinfo=timezone(timedelta(hours=1)))
    assert headers.date_time(moment) == "Sat, 21 Nov 2026 07:00:00 +0100"
    assert headers.date_time(datetime(2026, 1, 2, tzinfo=UTC)).endswith("+0000")


@pytest.mark.parametrize("domain", ["a.b", "papers.example.org", "a-very-long-name.example.org"])
def test_the_sender_in_a_feedback_id_has_5_to_15_characters(domain):
    fields = headers.feedback_id(DAY, domain).split(":")
    assert len(fields) == 4
    assert 5 <= len(fields[3]) <= 15


def test_a_list_id_names_the_list_in_any_script():
    assert headers.list_id("Daily papers", "example.org") == "Daily papers <digest.example.org>"
    assert headers.list_id("研究", "example.org").endswith("<digest.example.org>")


def unfolded(field):
    return field.decode().removeprefix("Subject:").replace("\r\n ", " ").strip()
