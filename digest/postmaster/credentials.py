"""Credentials for Google: a file that holds the key of a service account, or a refresh token.

Both are exchanged for an access token: the first by a signed assertion (RFC 7523), the other as it
is (RFC 6749, section 6).
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from digest.errors import SettingsError

SCOPE = "https://www.googleapis.com/auth/postmaster.traffic.readonly"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 -- an address
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LARGEST_FILE = 100_000  # bytes
_ASSERTION_SECONDS = 600
_HINT = (
    "DIGEST_POSTMASTER_CREDENTIALS names a JSON file as Google hands it out; see docs/use/dmarc.md"
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is sent to `token_url` for an access token: a service account's, or a user's."""

    token_url: str
    fields: Mapping[str, str]


def load(file: Path) -> Credentials:
    """Read the file; SettingsError when it cannot be read or lacks something."""
    try:
        with file.open("rb") as opened:
            found = json.loads(opened.read(_LARGEST_FILE))
    except OSError as exc:
        raise SettingsError(f"{file}: {exc.strerror}", hint=_HINT) from None
    except (ValueError, RecursionError):
        raise SettingsError(f"{file} is not JSON.", hint=_HINT) from None
    if not isinstance(found, dict):
        raise SettingsError(f"{file} holds no credentials.", hint=_HINT)
    names = {
        "service_account": ("client_email", "private_key"),
        "authorized_user": ("client_id", "client_secret", "refresh_token"),
    }.get(str(found.get("type")))
    if names is None:
        raise SettingsError(
            f"{file} holds neither a service_account nor an authorized_user.", hint=_HINT
        )
    if missing := [name for name in names if not isinstance(found.get(name), str)]:
        raise SettingsError(f"{file} lacks {', '.join(missing)}.", hint=_HINT)
    return Credentials(_token_url(found, file), {name: found[name] for name in names})


def token_request(credentials: Credentials, now: datetime) -> dict[str, str]:
    """Return the form that asks for an access token; SettingsError when the key is none."""
    fields = credentials.fields
    if "refresh_token" in fields:
        return {"grant_type": "refresh_token", **fields}
    issued = int(now.timestamp())
    claims = {
        "iss": fields["client_email"],
        "scope": SCOPE,
        "aud": credentials.token_url,
        "iat": issued,
        "exp": issued + _ASSERTION_SECONDS,
    }
    return {"grant_type": _GRANT, "assertion": _signed(claims, fields["private_key"])}


def _signed(claims: Mapping[str, Any], private_key: str) -> str:
    """Return a JWT (RFC 7519), signed with RS256."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    try:
        key = serialization.load_pem_private_key(private_key.encode(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SettingsError("The private_key of the service account is no RSA key.", hint=_HINT)
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    signed = b".".join(_base64url(json.dumps(part).encode()) for part in parts)
    signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return (signed + b"." + _base64url(signature)).decode()


def _token_url(found: Mapping[str, Any], file: Path) -> str:
    """Return where the token is asked for; SettingsError when the secret would be sent in clear."""
    url = str(found.get("token_uri") or TOKEN_URL)
    parts = urlsplit(url)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise SettingsError(f"{file}: token_uri is no https address.", hint=_HINT)
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _base64url(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")
