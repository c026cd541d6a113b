"""One-time codes of an authenticator (RFC 6238): six digits, a new one every 30 seconds."""

from base64 import b32encode
from hmac import compare_digest

from pyotp import TOTP

PERIOD_SECONDS = 30
KEY_BYTES = 32
_EARLY_AND_LATE = (0, -1, 1)  # periods: clocks differ (RFC 6238, section 5.2)


def step_of(key: bytes, code: str, seconds: int, after: int) -> int | None:
    """Return which period a code is of, counted from 1970; None when it is none that holds.

    seconds: now, since 1970. after: the period of the code used last; none is used twice.
    """
    digits = code.replace(" ", "")
    now = seconds // PERIOD_SECONDS
    totp = _totp(key)
    for step in (now + offset for offset in _EARLY_AND_LATE):
        right = totp.generate_otp(step)
        if step > after and compare_digest(right.encode(), digits.encode("utf-8", "replace")):
            return step
    return None


def address_of(key: bytes, account: str, service: str) -> str:
    """Return what an authenticator reads from a QR code: an otpauth address."""
    return _totp(key).provisioning_uri(name=account, issuer_name=service)


def typed(key: bytes) -> str:
    """Return the key as people type it, in groups of four."""
    text = b32encode(key).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _totp(key: bytes) -> TOTP:
    return TOTP(b32encode(key).decode().rstrip("="), interval=PERIOD_SECONDS)
