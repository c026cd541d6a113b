"""What an address gets that was typed into the form: no list header, no word of whoever typed it.

A new one is asked for a confirmation ("confirm"); one that is subscribed already is told so
("known"). Both are made alike, so that making one takes as long as making the other.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from digest.core import headers
from digest.core.plain_text import clean
from digest.core.quoted_printable import encode
from digest.core.specimen import Templates, inline
from digest.model import Letterhead, Message

VALID_HOURS = 72
_PART = (
    'Content-Type: text/{kind}; charset="utf-8"\r\n'
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)


def invitation(
    letterhead: Letterhead,
    templates: Mapping[str, str],
    *,
    key: int,
    address: str,
    link: str,
    now: datetime,
    folder: str = "confirm",
) -> Message:
    """Return the message for one address. link: the page with the button. key: the subscriber.

    folder: where its templates are, "confirm" or "known".

    RFC 3834 (Auto-Submitted), RFC 5322. ComposeError for a broken template or letterhead, or an
    address that no header can hold.
    """
    sources = Templates(templates, folder)
    variables = {
        "name": clean(letterhead.name),
        "link": link,
        "hours": VALID_HOURS,
        "postal_address": clean(letterhead.postal_address),
    }
    html = inline(sources.render("body.html", variables), f"{folder}/body.html")
    domain = headers.domain(letterhead.sender_address.rpartition("@")[2])
    tag = hashlib.sha256(f"{link} {now.isoformat()}".encode()).hexdigest()[:24]
    boundary = f"=_{tag}"
    fields = [
        ("From", headers.mailbox(letterhead.sender_name, letterhead.sender_address)),
        ("To", headers.addr_spec(address)),
        ("Subject", headers.text(clean(sources.render("subject.txt", variables)))),
        ("Date", headers.date_time(now)),
        ("Message-ID", f"<{folder}.{tag}@{domain}>"),
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
    return Message(key, letterhead.bounce_address, headers.addr_spec(address), body)


def _part(kind: str, text: str) -> bytes:
    return _PART.format(kind=kind).encode() + encode(text)
