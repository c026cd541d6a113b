"""Compose transactional mails: one mail to one address, such as the request to confirm it.

They look like the digest and have none of its list headers, because they belong to no list
(RFC 2369, section 4). Auto-Submitted keeps auto-responders quiet (RFC 3834, section 5).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from digest.ground.languages.language import ENGLISH, Language
from digest.ground.text.plain_text import clean, shorten
from digest.model import Letterhead, MailKind, Message
from digest.render import headers
from digest.render.quoted_printable import encode
from digest.render.theme import SHIPPED, Theme

_LONGEST_SUBJECT = 110
_PART = (
    'Content-Type: text/{kind}; charset="utf-8"\r\n'
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who receives a transactional mail. id, nonce: the subscriber's; 0 and empty for others.

    reply_to: where answers go; empty: to the sender. answered: the Message-ID of the mail that this
    one answers, if it is known; None when it answers none.
    """

    address: str
    id: int = 0
    language: str = ENGLISH.tag
    nonce: bytes = field(default=b"", repr=False)
    reply_to: str = ""
    answered: str | None = None


@dataclass(frozen=True)
class TransactionalRenderer:
    """Composes the transactional mails of a service."""

    letterhead: Letterhead
    templates: Mapping[str, str]
    languages: Mapping[str, Language]
    theme: Theme = SHIPPED

    def compose(
        self,
        kind: MailKind,
        recipient: Recipient,
        values: Mapping[str, Any],
        *,
        occasion: str,
        now: datetime,
    ) -> Message:
        """Return the message.

        values: the variables of the templates of this kind, as they will be shown. occasion: tells
        mails of one kind apart; the same occasion gives the same Message-ID. ComposeError for a
        broken template or letterhead, or an address that no header can hold.
        """
        # Not before there is a mail: it takes 20 MB.
        from digest.render.digest.master_document import Templates, inline

        language = self.languages.get(recipient.language, ENGLISH)
        sources = Templates(self.templates, kind.value, language=language)
        variables = {
            "name": clean(self.letterhead.name),
            "home": self.letterhead.base_url,
            "postal_address": list(map(clean, self.letterhead.postal_address.splitlines())),
            "language": language,
            "theme": self.theme,
            **values,
        }
        subject = clean(sources.render("subject.txt", variables))
        html = inline(sources.render("body.html", variables), f"{kind}/body.html")
        domain = headers.domain(self.letterhead.sender_address.rpartition("@")[2])
        source = "\0".join((kind, recipient.address, occasion))
        tag = hashlib.sha256(source.encode()).hexdigest()[:24]
        fields = [
            ("Subject", headers.text(shorten(subject, _LONGEST_SUBJECT))),
            ("Date", headers.date_time(now.astimezone(ZoneInfo(self.letterhead.timezone)))),
            ("Message-ID", f"<{kind}.{tag}@{domain}>"),
            ("Content-Language", language.tag),
            *_answering(recipient),
        ]
        body = _message(
            [*self._from_and_to(recipient), *fields],
            text=sources.render("body.txt", variables),
            html=html,
            boundary=f"=_{tag}",
        )
        spec = headers.addr_spec(recipient.address)
        return Message(recipient.id, self.letterhead.bounce_address, spec, body)

    def _from_and_to(self, recipient: Recipient) -> list[tuple[str, str]]:
        sender = headers.mailbox(self.letterhead.sender_name, self.letterhead.sender_address)
        fields = [("From", sender), ("To", headers.addr_spec(recipient.address))]
        if recipient.reply_to:
            fields.append(("Reply-To", headers.addr_spec(recipient.reply_to)))
        return fields


def _answering(recipient: Recipient) -> list[tuple[str, str]]:
    """Return the fields of an answer (RFC 3834, sections 3.1.5 and 5; RFC 5322, section 3.6.4)."""
    if recipient.answered is None:
        return [("Auto-Submitted", "auto-generated")]
    fields = [("Auto-Submitted", "auto-replied")]
    if recipient.answered:
        fields += [("In-Reply-To", recipient.answered), ("References", recipient.answered)]
    return fields


def _message(fields: list[tuple[str, str]], *, text: str, html: str, boundary: str) -> bytes:
    """Return the message: its own fields, the shared ones, and both parts (RFC 5322, 2046)."""
    shared = [
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    delimiter = f"\r\n--{boundary}".encode()
    return b"".join(
        (
            *(headers.field(name, value) for name, value in [*fields, *shared]),
            *(delimiter, b"\r\n", _part("plain", text)),
            *(delimiter, b"\r\n", _part("html", html)),
            *(delimiter, b"--\r\n"),
        )
    )


def _part(kind: str, text: str) -> bytes:
    return _PART.format(kind=kind).encode() + encode(text)
