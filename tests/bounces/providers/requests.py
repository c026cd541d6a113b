"""Requests as the services send them, signed with keys that are made here."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

TOPIC = "arn:aws:sns:eu-central-1:123456789012:digest-bounces"
CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a.pem"
SUBSCRIBE = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=abc"


class Sns:
    """Signs as SNS does; `fetch` serves the certificate and notes what was fetched."""

    def __init__(self, now: datetime) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
        )
        self.pem = builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        self.fetched: list[str] = []
        self.now = now

    def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        return self.pem if url == CERTIFICATE else b"<ConfirmSubscriptionResponse/>"

    def body(self, message, kind="Notification", version="2", **fields) -> bytes:
        """Sign a message; `fields` stand for those of our own making, before it is signed."""
        whole = {
            "Type": kind,
            "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
            "TopicArn": TOPIC,
            "Message": message if isinstance(message, str) else json.dumps(message),
            "Timestamp": self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "SignatureVersion": version,
            "SigningCertURL": CERTIFICATE,
            **fields,
        }
        names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
        if kind != "Notification":
            whole = {"SubscribeURL": SUBSCRIBE, "Token": "abc", **whole}
            names = [*names, "SubscribeURL", "Token"]
            names.remove("Subject")
        signed = "".join(f"{name}\n{whole[name]}\n" for name in sorted(names) if name in whole)
        algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), algorithm)
        return json.dumps({**whole, "Signature": base64.b64encode(signature).decode()}).encode()


class SendGrid:
    """Signs as SendGrid does."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.public_key = base64.b64encode(
            self._key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        ).decode()

    def headers(self, body: bytes, now: datetime) -> dict[str, str]:
        stamp = str(int(now.timestamp()))
        signature = self._key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        }


def mailgun(event: dict, key: str, now: datetime, token: str = "a" * 50) -> bytes:
    stamp = str(int(now.timestamp()))
    digest = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    signature = {"timestamp": stamp, "token": token, "signature": digest}
    return json.dumps({"signature": signature, "event-data": event}).encode()


def ses_bounce(address: str, kind="Permanent", sub="General", said="", **more) -> dict:
    one = {"emailAddress": address, "action": "failed"}
    if said:
        one["diagnosticCode"] = f"smtp; {said}"
    bounce = {
        "feedbackId": "0107018e-1",
        "bounceType": kind,
        "bounceSubType": sub,
        "bouncedRecipients": [one],
    }
    return {"notificationType": "Bounce", "bounce": bounce, "mail": {"messageId": "m"}, **more}


def basic(secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'digest:{secret}'.encode()).decode()}"}
