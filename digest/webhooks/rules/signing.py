"""Sign messages as the Standard Webhooks specification says, version 1 ("Signature scheme")."""

import base64
import hmac

PREFIX = "whsec_"
SECRET_BYTES = 32  # the specification asks for 24 to 64
_VERSION = "v1"


def shown(secret: bytes) -> str:
    """Return a secret as its receiver is given it."""
    return PREFIX + base64.b64encode(secret).decode()


def headers(secret: bytes, message_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """Return the headers that a message is sent with.

    seconds: of the attempt, since 1970. What is signed is id, seconds and body, joined by dots.
    """
    signed = b".".join((message_id.encode(), str(seconds).encode(), body))
    signature = base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"{_VERSION},{signature}",
    }
