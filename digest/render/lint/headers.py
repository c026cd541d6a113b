"""The header of a sample, read as bytes: a parser would forgive what a receiver does not."""

import re
from collections import Counter
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import parseaddr, parsedate_to_datetime

from digest.render.lint.finding import Finding, Sample, ServiceIdentity, error, warning

_ONCE = (
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
    *("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"),
)
_LONGEST_LINE, _WISHED_LINE = 998, 78  # RFC 5322, section 2.1.1
_LONGEST_SUBJECT = 110
_HEADERS = "see digest/render/headers.py; a letterhead or template value may be to blame"


def check_header(sample: Sample, identity: ServiceIdentity) -> list[Finding]:
    """Return what is wrong with the header fields, and with the bytes as a whole."""
    head = sample.content.partition(b"\r\n\r\n")[0]
    fields = _fields(head)
    where = f"{sample.name}, header"
    return [
        *_counts(Counter(name.lower() for name, _ in fields), where),
        *_lines(head, sample.content, where),
        *_list_fields(dict(fields), identity, where),
        *_subject(dict(fields).get("Subject", ""), where),
        *_sender(dict(fields), identity, where),
    ]


def unsubscribe_address(sample: Sample) -> str:
    """Return the https address of List-Unsubscribe; empty when there is none."""
    head = sample.content.partition(b"\r\n\r\n")[0]
    value = dict(_fields(head)).get("List-Unsubscribe", "")
    return next(iter(re.findall(r"<(https?://[^<>\s]+)>", value)), "")


def _fields(head: bytes) -> list[tuple[str, str]]:
    lines = re.sub(r"\r\n(?=[ \t])", "", head.decode("utf-8", "replace")).split("\r\n")
    parted = (line.partition(":") for line in lines)
    return [(name.strip(), value.strip()) for name, _, value in parted]


def _counts(counts: Counter[str], where: str) -> list[Finding]:
    found = []
    for name in _ONCE:
        if (count := counts[name.lower()]) != 1:
            what = f"{name} is there {count} times" if count else f"{name} is missing"
            found.append(
                error(f"{what}, not once", where, "RFC 5322, 3.6 and RFC 8058: exactly one")
            )
    return found


def _lines(head: bytes, content: bytes, where: str) -> list[Finding]:
    found = []
    if re.search(rb"[^\r]\n|\r[^\n]|\x00", content) or not content.endswith(b"\r\n"):
        found.append(error("a line end is not CRLF, or a NUL is in it", where, "RFC 5322, 2.3"))
    if not content.isascii():
        found.append(error("it is not 7-bit", where, "encode words (RFC 2047) and the parts"))
    if any(len(line) > _LONGEST_LINE for line in content.split(b"\r\n")):
        found.append(error(f"a line has over {_LONGEST_LINE} octets", where, _HEADERS))
    for line in head.split(b"\r\n"):
        if len(line) > _WISHED_LINE and b" " in line.partition(b": ")[2].strip():
            name = line.partition(b":")[0].decode("ascii", "replace").strip()
            found.append(warning(f"{name} is not folded at {_WISHED_LINE}", where, _HEADERS))
    return found


def _list_fields(fields: dict[str, str], identity: ServiceIdentity, where: str) -> list[Finding]:
    found = []
    value = fields.get("List-Unsubscribe", "")
    if not re.match(r"<https://[^<>\s]+>", value):
        fix = "DIGEST_BASE_URL has to be an https address (RFC 8058, 3.1)"
        found.append(Finding(identity.severe, "List-Unsubscribe is not https", where, fix))
    if fields.get("List-Unsubscribe-Post", "") != "List-Unsubscribe=One-Click":
        fix = "it says exactly List-Unsubscribe=One-Click (RFC 8058, 3.1)"
        found.append(error("List-Unsubscribe-Post says something else", where, fix))
    if "DKIM-Signature" not in fields and not identity.trial:
        fix = "set DIGEST_DKIM_KEY_FILE, or make sure that the relay signs List-Unsubscribe(-Post)"
        found.append(warning("it is not signed (DKIM)", where, fix))
    return found


def _subject(raw: str, where: str) -> list[Finding]:
    subject = _decoded(raw)
    if subject is None:
        return [error("Subject cannot be decoded", where, _HEADERS)]
    found = []
    fix = "fix digest/subject.txt"
    if not subject.strip():
        found.append(error("Subject is empty", where, fix))
    if len(subject) > _LONGEST_SUBJECT:
        found.append(warning(f"Subject has {len(subject)} characters", where, fix))
    if re.match(r"(?i)(re|fwd?|aw|wg)\s*:", subject):
        found.append(error("Subject pretends to be an answer", where, fix))
    letters = [letter for letter in subject if letter.isalpha()]
    if "!!" in subject or (len(letters) > 10 and all(map(str.isupper, letters))):
        found.append(warning("Subject shouts, as spam does", where, fix))
    return found


def _decoded(raw: str) -> str | None:
    """Header text without its encoded words; None when they cannot be read."""
    try:
        return str(make_header(decode_header(raw)))
    except (HeaderParseError, LookupError, UnicodeError):
        return None


def _sender(fields: dict[str, str], identity: ServiceIdentity, where: str) -> list[Finding]:
    found = []
    name, address = parseaddr(fields.get("From", ""))
    if "@" in (_decoded(name) or ""):
        found.append(warning("the name in From holds an address", where, "DIGEST_SENDER"))
    domain = address.rpartition("@")[2].lower()
    signature = fields.get("DKIM-Signature", "")
    if signed := re.search(r"(?:^|;)\s*d=([^;\s]+)", signature):
        one, other = f".{domain}", f".{signed[1].lower()}"
        if not (one.endswith(other) or other.endswith(one)):
            what = f"the signature of {signed[1]} does not vouch for {domain} in From"
            found.append(Finding(identity.severe, what, where, "set DIGEST_DKIM_DOMAIN"))
    try:
        parsedate_to_datetime(fields.get("Date", ""))
    except (TypeError, ValueError):
        found.append(error("Date cannot be read", where, "RFC 5322, 3.3"))
    return found
