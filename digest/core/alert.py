"""The mail that tells the operator of a trouble, or that it is over."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from digest.core import headers
from digest.core.plain_text import clean
from digest.core.quoted_printable import encode
from digest.core.specimen import Templates, inline
from digest.core.troubles import Trouble
from digest.model import Letterhead, Message

_PART = (
    'Content-Type: text/{kind}; charset="utf-8"\r\n'
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)


def alert(
    letterhead: Letterhead,
    templates: Mapping[str, str],
    trouble: Trouble,
    *,
    address: str,
    over: bool,
    since: datetime,
    now: datetime,
) -> Message:
    """Return the message to the operator. since: when the trouble was first seen.

    RFC 3834 (Auto-Submitted), RFC 5322. ComposeError for a broken template or letterhead, or an
    address that no header can hold.
    """
    sources = Templates(templates, "alert")
    variables = {
        "name": clean(letterhead.name),
        "title": clean(trouble.title),
        "text": clean(trouble.text),
        "remedy": clean(trouble.remedy),
        "over": over,
        "since": f"{since:%Y-%m-%d %H:%M} UTC",
        "base_url": letterhead.base_url,
    }
    html = inline(sources.render("body.html", variables), "alert/body.html")
    domain = headers.domain(letterhead.sender_address.rpartition("@")[2])
    known_by = f"{trouble.name}\0{over}\0{now.isoformat()}"
    tag = hashlib.sha256(known_by.encode()).hexdigest()[:24]
    boundary = f"=_{tag}"
    fields = [
        ("From", headers.mailbox(letterhead.sender_name, letterhead.sender_address)),
        ("To", headers.addr_spec(address)),
        ("Subject", headers.text(clean(sources.render("subject.txt", variables)))),
        ("Date", headers.date_time(now)),
        ("Message-ID", f"<alert.{tag}@{domain}>"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    delimiter = f"\r\n--{boundary}".encode()
    body = b"".join(
        (
            *(headers.field(name, value) for name, value in fields),
            *(b"", delimiter, b"\r\n", _part("plain", sources.render("body.txt", variables))),
            *(delimiter, b"\r\n", _part("html", html)),
            *(delimiter, b"--\r\n"),
        )
    )
    return Message(0, letterhead.bounce_address, headers.addr_spec(address), body)


def _part(kind: str, text: str) -> bytes:
    return _PART.format(kind=kind).encode() + encode(text)
