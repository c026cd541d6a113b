"""Random keys that are stored in the database, wrapped by one of the service's secret keys.

Who has a copy of the database and no secret key cannot use them (AES key wrap, RFC 3394). The key
that wraps is HMAC-SHA256 of a secret key, so that it serves nothing else.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from digest.errors import SettingsError

_PURPOSE = b"key that wraps stored keys\0"


@dataclass(frozen=True, slots=True)
class SecretKeys:
    """The service's secret keys, the signing one first. opened: wrapped keys that were unwrapped.

    It goes with every session of a database: see `secret_keys`.
    """

    keys: Sequence[bytes] = ()
    opened: dict[bytes, bytes] = field(default_factory=dict)


def secret_keys(session: Session) -> SecretKeys:
    """Return the secret keys that the session's database was opened with."""
    found: SecretKeys = session.info["secret_keys"]
    return found


def wrap(secrets: SecretKeys, key: bytes) -> bytes:
    """Wrap a key of 32 bytes by the first secret key; SettingsError when there is none."""
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap  # most programs do without it

    if not secrets.keys:
        raise SettingsError(
            "DIGEST_SECRET_KEY is missing: it protects the list of suppressed addresses.",
            hint='make one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    return aes_key_wrap(_wrapping_key(secrets.keys[0]), key)


def unwrap(secrets: SecretKeys, wrapped: bytes) -> bytes:
    """Return the key that `wrap` wrapped by any of the secret keys; SettingsError by none."""
    if wrapped not in secrets.opened:
        secrets.opened[wrapped] = _unwrap(secrets.keys, wrapped)
    return secrets.opened[wrapped]


def is_current(secrets: SecretKeys, wrapped: bytes) -> bool:
    """Whether the first secret key alone would do for this one."""
    return bool(secrets.keys) and _unwrap_by(secrets.keys[0], wrapped) is not None


def _unwrap(keys: Sequence[bytes], wrapped: bytes) -> bytes:
    for secret in keys:
        if (key := _unwrap_by(secret, wrapped)) is not None:
            return key
    raise SettingsError(
        "The suppressed addresses cannot be told: they are stored under a key of "
        "DIGEST_SECRET_KEY that is not there any more, and nobody is mailed without them.",
        hint="add the former key behind the new one, after a comma, and run `digest init`",
    )


def _unwrap_by(secret: bytes, wrapped: bytes) -> bytes | None:
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

    try:
        return aes_key_unwrap(_wrapping_key(secret), wrapped)
    except InvalidUnwrap:
        return None


def _wrapping_key(secret: bytes) -> bytes:
    return hmac.digest(secret, _PURPOSE, "sha256")
