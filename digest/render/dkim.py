"""DKIM signatures (RFC 6376) over finished bytes: rsa-sha256 (RFC 8301) and ed25519-sha256 (8463).

relaxed/relaxed, no `l=`, no `x=`. From is listed twice, so that nobody can add a second one
(section 8.15). Whoever signs comes last: the signatures go on top and no byte is touched again.
The same message, key and time give the same signature: PKCS #1 v1.5 and Ed25519 have no chance in
them. The library that signs is imported with the first key: without one, a send does not load it.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from digest.model import Message

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

# RFC 6376, section 5.4.1, without the fields that a relay may add; RFC 8058, section 4, wants
# both List-Unsubscribe fields in; Gmail wants Feedback-ID in.
SIGNED = (
    *("from", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to"),
    *("mime-version", "content-type", "content-transfer-encoding", "auto-submitted"),
    *("list-id", "list-unsubscribe", "list-unsubscribe-post", "list-help", "list-archive"),
    *("list-owner", "list-post", "list-subscribe", "feedback-id"),
)
_BLANKS = re.compile(rb"[ \t]+")
_EMPTY_LINES_AT_END = re.compile(rb"(?<!\r\n)(?:\r\n)++\Z")
_LINE = 72  # characters of the encoded signature a line
_FOLD = 76
# Signatures by the SHA-256 that each is over. They cannot be taken for each other: what is hashed
# names the key and all that is signed.
Made = MutableMapping[bytes, bytes]
_TIMES = 64  # that the messages of an edition state, one every quarter of an hour


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key, and where its public half is found: `selector._domainkey.domain`."""

    domain: str
    selector: str
    private: "RSAPrivateKey | Ed25519PrivateKey"

    @property
    def fingerprint(self) -> bytes:
        """Return a hash of the public half: another key under the same name has another one."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = self.private.public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).digest()


class DkimSigner:
    """Signs messages that share some of their header fields, such as those of an edition.

    constant: the shared fields, each as it stands in the message. varying: the names of the fields
    that `signatures` is given, in its order. Of either, fields that are none of SIGNED are left
    out; each name may occur once.
    """

    def __init__(
        self,
        keys: Sequence[DkimKey],
        constant: Sequence[bytes],
        varying: Sequence[str] = (),
    ) -> None:
        shared = {name_of(field): field for field in constant if name_of(field) in SIGNED}
        self._varying = [name.lower() in SIGNED for name in varying]
        own = [name.lower() for name in varying if name.lower() in SIGNED]
        self._keys, self._names = keys, [*shared, *own, "from"]
        self._shared = hashlib.sha256(b"".join(map(relaxed_field, shared.values())))
        self._forms = lru_cache(_TIMES)(self._make_forms)

    def signatures(
        self,
        at: datetime,
        varying: Sequence[bytes],
        content: bytes,
        start: int = 0,
        *,
        made: Made | None = None,
    ) -> bytes:
        """Return the signature fields, to go on top of the message.

        at: the time that they state. content: from `start` on the body, which has no two blanks in
        a row and none at a line's end, so that its relaxed form is what it is (but for empty lines
        at its end). made: by these keys; what is not there yet is made and added. That takes the
        time of one private operation a key, in which other threads go on.
        """
        end = len(content)
        while content.endswith(b"\r\n\r\n", start, end):
            end -= 2
        digest = self._shared.copy()
        for signed, field in zip(self._varying, varying, strict=True):
            if signed:
                digest.update(relaxed_field(field))
        body_hash = b64encode(hashlib.sha256(memoryview(content)[start:end]).digest())
        made = {} if made is None else made
        return b"".join([form.sign(digest.copy(), body_hash, made) for form in self._forms(at)])

    def _make_forms(self, at: datetime) -> list["_Form"]:
        return [_Form(key, at, self._names) for key in self._keys]


class _Form:
    """The signature field of one key: its text up to the body hash, as sent and as hashed."""

    def __init__(self, key: DkimKey, at: datetime, names: Sequence[str]) -> None:
        algorithm, self._signed = _signer(key.private)
        tags = [
            *("v=1;", f"a={algorithm}-sha256;", "c=relaxed/relaxed;"),
            *(f"d={key.domain};", f"s={key.selector};", f"t={int(at.timestamp())};"),
            f"h={':'.join(names)};",
        ]
        self._field = _folded("DKIM-Signature:", tags) + b"\r\n bh="
        self._relaxed = relaxed_field(self._field)[:-2]

    def sign(self, digest: "hashlib._Hash", body_hash: bytes, made: Made) -> bytes:
        """Return the field; `digest` has taken in all other signed fields (section 3.7)."""
        digest.update(self._relaxed + body_hash + b"; b=")
        signed = digest.digest()
        if (signature := made.get(signed)) is None:
            signature = made[signed] = self._signed(signed)
        value = b64encode(signature)
        lines = [value[at : at + _LINE] for at in range(0, len(value), _LINE)]
        return self._field + body_hash + b";\r\n b=" + b"\r\n ".join(lines) + b"\r\n"


def _signer(
    private: "RSAPrivateKey | Ed25519PrivateKey",
) -> tuple[str, Callable[[bytes], bytes]]:
    """Return the name of the key's algorithm, and what signs a digest with it."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from cryptography.hazmat.primitives.hashes import SHA256

    if isinstance(private, RSAPrivateKey):
        return "rsa", partial(private.sign, padding=PKCS1v15(), algorithm=Prehashed(SHA256()))
    return "ed25519", private.sign  # RFC 8463, section 3: over the hash, not the text


def sign(message: Message, keys: Sequence[DkimKey], at: datetime) -> Message:
    """Return any finished message with its signatures; without keys as it is.

    Of a field that occurs more than once, the last is signed (RFC 6376, section 5.4.2).
    """
    if not keys:
        return message
    head, _, body = message.body.partition(b"\r\n\r\n")
    fields = [field + b"\r\n" for field in re.split(rb"\r\n(?![ \t])", head)]
    signatures = DkimSigner(keys, fields).signatures(at, (), relaxed_body(body))
    return message._replace(body=signatures + message.body)


def relaxed_field(field: bytes) -> bytes:
    """Return a whole field, CRLF included, in the relaxed form of RFC 6376, section 3.4.2."""
    name, _, value = field.partition(b":")
    value = value.replace(b"\r\n", b"")
    if b"  " in value or b"\t" in value:  # never in our own fields: the expression costs most here
        value = _BLANKS.sub(b" ", value)
    return name.rstrip(b" \t").lower() + b":" + value.strip(b" ") + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """Return a body in the relaxed form of RFC 6376, section 3.4.4."""
    lines = _BLANKS.sub(b" ", body + b"\r\n").replace(b" \r\n", b"\r\n")
    text = _EMPTY_LINES_AT_END.sub(b"", lines)
    return text + b"\r\n" if text else b""


def name_of(field: bytes) -> str:
    """Return the name of a field in small letters."""
    return field.partition(b":")[0].strip().lower().decode("ascii", "replace")


def _folded(start: str, tags: Sequence[str]) -> bytes:
    """Tags with a blank before each; what is too long for a line goes on in the next."""
    lines = [start]
    for piece in (piece for tag in tags for piece in re.split("(?<=:)", f" {tag}")):
        if len(lines[-1]) + len(piece) > _FOLD:
            lines.append(" ")
            piece = piece.lstrip()
        lines[-1] += piece
    return "\r\n".join(lines).encode()
