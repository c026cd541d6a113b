"""Amazon SNS: the envelope in which SES reports, its signature, and which addresses are Amazon's.

Signed is a text of some fields, a line each for name and value, in the order of their names, by the
key of a certificate that the message names: SignatureVersion 1 with SHA-1, 2 with SHA-256. The
certificate counts because it comes over TLS from an address of Amazon's, so no other is fetched.
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from digest.bounces.providers.events import Event, as_object, parse_json, text
from digest.errors import InputError, LinkError

OLDEST = timedelta(days=1)  # SNS gives up within an hour
NEWEST = timedelta(minutes=15)  # ahead of our clock
_HOST = re.compile(r"sns\.([a-z0-9-]{3,30})\.amazonaws\.com(?:\.cn)?")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]{3,30}):\d{12}:[A-Za-z0-9_.-]{1,256}")
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_FIELDS = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}


@dataclass(frozen=True, slots=True)
class SnsMessage:
    """What SNS sends. signed: the octets that the signature is of. fields: as they came."""

    kind: str
    topic: str
    fields: Event
    signed: bytes
    signature: bytes
    version: str
    certificate_url: str


def read_message(body: bytes) -> SnsMessage:
    """Read the body of a request; InputError when it is no message of SNS."""
    fields = as_object(parse_json(body), "The body")
    kind = text(fields, "Type")
    if kind not in _FIELDS:
        raise InputError("The body is no message of SNS: its Type is unknown.")
    lines = []
    for name in _FIELDS[kind]:
        value = fields.get(name)
        if value is None and name == "Subject":
            continue
        if not isinstance(value, str):
            raise InputError(f"The message of SNS has no {name}.")
        lines += [name, value]
    try:
        signature = base64.b64decode(text(fields, "Signature"), validate=True)
    except ValueError:
        raise InputError("The Signature is not base64.") from None
    return SnsMessage(
        kind=kind,
        topic=text(fields, "TopicArn"),
        fields=fields,
        signed="".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"),
        signature=signature,
        version=text(fields, "SignatureVersion"),
        certificate_url=text(fields, "SigningCertURL"),
    )


def check_origin(message: SnsMessage, topic: str, now: datetime) -> None:
    """Check all that needs no certificate; LinkError says what is wrong.

    topic: the one that is configured; a certificate is fetched for no other.
    """
    if message.topic != topic:
        raise LinkError("The message is of another topic.")
    if not is_amazons(message.certificate_url, topic) or not _is_pem(message.certificate_url):
        raise LinkError("The certificate is not at an address of SNS.")
    if message.version not in ("1", "2"):
        raise LinkError("The SignatureVersion is neither 1 nor 2.")
    age = now - _timestamp(message)
    if not -NEWEST <= age <= OLDEST:
        raise LinkError("The message is too old, or from the future.")


def check_signature(message: SnsMessage, pem: bytes, now: datetime) -> None:
    """Check the signature by the certificate that was fetched; LinkError when it is not valid."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise LinkError("What stands at the address of the certificate is none.") from None
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise LinkError("The certificate is not valid at this time.")
    key = certificate.public_key()
    # Version 1 is SHA-1: to forge one, Amazon would have to be made to sign a prepared text.
    algorithm = hashes.SHA256() if message.version == "2" else hashes.SHA1()  # noqa: S303  # nosec B303
    if not isinstance(key, rsa.RSAPublicKey):
        raise LinkError("The certificate has no RSA key.")
    try:
        key.verify(message.signature, message.signed, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        raise LinkError("The signature is not valid.") from None


def is_amazons(url: str, topic: str) -> bool:
    """Whether an https address is that of SNS itself, in the region of the topic."""
    region = _TOPIC.fullmatch(topic)
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "https" and parts.port is None and parts.username is None
    except ValueError:
        return False
    host = _HOST.fullmatch(parts.netloc)
    return bool(plain and host and region and host[1] == region[1])


def _is_pem(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path.endswith(".pem") and not parts.query


def _timestamp(message: SnsMessage) -> datetime:
    try:
        moment = datetime.fromisoformat(text(message.fields, "Timestamp"))
    except ValueError:
        raise LinkError("The Timestamp is no time.") from None
    if moment.tzinfo is None:
        raise LinkError("The Timestamp has no zone.")
    return moment
