"""Every mail as octets: what RFC 5321, 5322, 2045 and 2047 leave no room about."""

import re

from tests.email_checks import mails

LONGEST = 998  # RFC 5322, 2.1.1
FOLDED = 78
TRANSPORT = 76  # RFC 2045, 6.7 (5)
CLIPPED = 90 * 1024  # our budget under Gmail's 102 KB
TYPICAL = 50 * 1000
ENCODED_WORD = re.compile(rb"=\?[^?\s]+\?[bqBQ]\?[^?\s]*\?=")


def split(mail):
    head, _, body = mail.message.body.partition(b"\r\n\r\n")
    return head, body


def test_lines_end_in_crlf_and_nothing_else_does(mail):
    rest = mail.message.body.replace(b"\r\n", b"")
    assert not {b"\r", b"\n", b"\0"} & {rest[at : at + 1] for at in range(len(rest))}
    assert mail.message.body.endswith(b"\r\n")


def test_everything_is_seven_bits_wide(name, mail):
    head, body = split(mail)
    assert body.isascii()
    assert [field for field in head.split(b"\r\n") if not field.isascii()] == (
        [head.split(b"\r\nTo: ")[1].split(b"\r\n")[0].join([b"To: ", b""])]
        if name.endswith("hostile")  # zoë@ is what SMTPUTF8 is for (RFC 6531)
        else []
    )


def test_header_lines_are_folded_wherever_they_can_be(mail):
    for line in split(mail)[0].split(b"\r\n"):
        assert line.strip()
        assert len(line) <= LONGEST
        if len(line) > FOLDED:
            words = re.sub(rb"^[\w-]+:", b"", line).split()
            assert len(words) == 1, line


def test_encoded_words_are_short_and_python_finds_no_defect(mail):
    head, _ = split(mail)
    assert all(len(word) <= 75 for word in ENCODED_WORD.findall(head))
    assert not mail.parsed.defects
    for field in mail.parsed.values():  # Python calls an address beyond ASCII (RFC 6532) a defect
        assert not field.defects or not mail.message.recipient.isascii()


def test_body_lines_are_no_longer_than_quoted_printable_allows(mail):
    lines = split(mail)[1].split(b"\r\n")
    assert max(map(len, lines)) <= TRANSPORT
    assert not [line for line in lines if line.endswith((b" ", b"\t"))]


def test_gmail_clips_nothing_and_a_typical_mail_is_small(name, mail, record_property):
    html, whole = len(mail.part("html").encode()), len(mail.message.body)
    record_property(f"octets        {name:24}", f"HTML {html:6}  whole {whole:6}")
    sent = len(mail.message.body.rpartition(b"text/html")[2])
    assert max(html, sent) <= CLIPPED + 200  # the head of the part and the closing boundary
    assert whole <= TYPICAL or "most" in name


def test_what_must_be_there_once_is_there_once(mail):
    names = [each.lower() for each in mail.parsed.keys()]  # noqa: SIM118 - each as often as it is
    once = ["from", "to", "subject", "date", "message-id", "mime-version", "content-type"]
    assert [names.count(each) for each in once] == [1] * len(once)
    signatures = names.count("dkim-signature")
    assert signatures == len(mail.keys)
    assert len(set(names)) == len(names) - max(0, signatures - 1)
    assert not {"bcc", "received", "return-path"} & set(names)
    assert ("list-unsubscribe" in names) == mail.is_list
    assert mail.parsed["Auto-Submitted"] == "auto-generated"


def test_the_parts_are_text_then_html(name, mail):
    kinds = [part.get_content_type() for part in mail.parsed.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html"][: 2 if mails.has_html(name) else 1]
    assert {part.get_content_charset() for part in mail.parsed.walk()} <= {"utf-8", None}
