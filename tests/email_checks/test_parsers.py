"""What mailparser (Node.js) reads is what Python reads, and what we meant."""

import re
from email.utils import parsedate_to_datetime

import idna

from tests.email_checks import mails


def squeezed(value: str) -> str:
    return re.sub(r"\r\n(?=[ \t])", "", value)


def shown(address):
    """An address as mailparser writes it; Python leaves octets beyond ASCII (RFC 6532) as such."""
    local = address.username.encode("utf-8", "surrogateescape").decode()
    return f"{local}@{idna.decode(address.domain)}"


def test_two_parsers_read_the_same(name, mail, node):
    said, parsed = node(name), mail.parsed
    assert not parsed.defects
    assert said["subject"] == parsed["Subject"]
    for field in ("From", "To"):
        ours = [[each.display_name, shown(each)] for each in parsed[field].addresses]
        assert said[field.lower()] == ours
    assert said["date"].startswith(f"{mails.AT:%Y-%m-%dT%H:%M:%S}") or name.endswith("hostile")
    assert parsedate_to_datetime(parsed["Date"]).tzinfo
    assert said["messageId"] == parsed["Message-ID"]
    assert said["attachments"] == 0
    assert said["text"].rstrip("\n") == mail.part("plain").rstrip("\n")
    assert (said["html"] or "").rstrip("\n") == mail.part("html").rstrip("\n")


def test_two_parsers_find_the_same_fields(name, mail, node):
    theirs = [(key, squeezed(line)) for key, line in node(name)["headers"]]
    head = mail.message.body.partition(b"\r\n\r\n")[0].decode()
    ours = [
        (field.partition(":")[0].lower(), squeezed(field))
        for field in re.split(r"\r\n(?![ \t])", head)
    ]
    assert [each for each in theirs if each[0] not in ("return-path", "received")] == ours


def test_a_digest_says_how_to_leave_and_a_single_mail_is_of_no_list(name, mail, node):
    found = node(name)["list"]
    if not mail.is_list:
        assert found is None
        return
    assert found["unsubscribe"]["url"].startswith("https://")
    assert ("mail" in found["unsubscribe"]) == (name == "full mailto")
    assert found["unsubscribe-post"] == {"name": "List-Unsubscribe=One-Click"}
    assert found["id"]["id"]
