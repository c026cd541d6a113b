"""The envelope of one message as SMTP commands, and the refusals that need no server."""

import re
from dataclasses import dataclass

from digest.model import Message, Reply

# No blanks, brackets or control characters: an address cannot end its command and begin another.
# The limit is that of a path without its brackets (RFC 5321, section 4.5.3.1.3).
_ADDRESS = re.compile(r"[^\s<>\x00-\x20\x7f-\x9f\ud800-\udfff]{1,254}")
_LINE_START_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class Offers:
    """The extensions in a server's answer to EHLO that matter here.

    max_bytes: the largest message it takes (RFC 1870); 0 no limit, None SIZE is not offered.
    """

    pipelining: bool = False
    max_bytes: int | None = None
    eight_bit: bool = False
    utf8: bool = False


def envelope(message: Message, offers: Offers) -> bytes | Reply:
    """Return MAIL, RCPT and DATA as three lines, or the reply with which we refuse it ourselves.

    Only extensions that the server offers are used: SIZE (RFC 1870), 8BITMIME (RFC 6152),
    SMTPUTF8 (RFC 6531).
    """
    sender, recipient, size = message.sender, message.recipient, len(message.body)
    if not _ADDRESS.fullmatch(sender):
        return _refusal(553, "5.1.7 this is no sender address", "MAIL")
    if not _ADDRESS.fullmatch(recipient):
        return _refusal(553, "5.1.3 this is no recipient address", "RCPT")
    options = ""
    if offers.max_bytes is not None:
        if 0 < offers.max_bytes < size:
            limit = f"{size} bytes are more than the {offers.max_bytes} that the server takes"
            return _refusal(552, f"5.3.4 {limit}", "MAIL")
        options = f" SIZE={size}"
    if not (message.plain or message.body.isascii()):
        if not offers.eight_bit:
            return _refusal(554, "5.6.3 the message is 8-bit, the server is not", "MAIL")
        options += " BODY=8BITMIME"
    if not (sender.isascii() and recipient.isascii()):
        if not offers.utf8:
            return _refusal(553, "5.6.7 the server takes no non-ASCII address", "MAIL")
        options += " SMTPUTF8"
    return f"MAIL FROM:<{sender}>{options}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode()


def stuffed(message: Message) -> bytes:
    """Return the body as it goes behind DATA, final dot left out (RFC 5321, section 4.5.2)."""
    body = message.body
    if message.plain:
        return body
    if body[:1] == b"." or b"\n." in body:  # to look for it is a quarter of the work
        body = _LINE_START_DOT.sub(b"..", body)
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _refusal(code: int, text: str, command: str) -> Reply:
    return Reply(code, f"{text} (refused by digest, the server was not asked)", command)
