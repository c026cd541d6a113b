"""Create and read DKIM keys on disk, and show their DNS records."""

import os
from base64 import b64encode
from pathlib import Path
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from digest.errors import InputError, SettingsError
from digest.ground.text.counts import counted
from digest.render.dkim import DkimKey

Kind = Literal["rsa", "ed25519"]
_BITS = 2048
_FEWEST_BITS, _MOST_BITS = 2048, 4096  # RFC 8301, section 3.2: what receivers advise and must take
_STRING = 255  # octets in one string of a TXT record (RFC 1035, section 3.3)


def make_key(file: Path, kind: Kind) -> RSAPrivateKey | Ed25519PrivateKey:
    """Create a key and write it to a new file that only its owner may read.

    InputError if the file exists: overwriting a key that is in use would make every receiver
    refuse the mail.
    """
    key = generate_private_key(65537, _BITS) if kind == "rsa" else Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputError(f"{file} already exists.", hint="choose another name") from None
    except OSError as exc:
        raise InputError(f"{file}: {exc.strerror}") from None
    with os.fdopen(handle, "wb") as out:
        out.write(text)
    return key


def split_names(names: str) -> list[str]:
    """Split a setting at its commas."""
    return [name for part in names.split(",") if (name := part.strip())]


def read_keys(files: str, selectors: str, domain: str) -> list[DkimKey]:
    """Return the keys of DIGEST_DKIM_KEY_FILE and DIGEST_DKIM_SELECTOR, each a list with commas.

    SettingsError names a file that is not a private key, or says that a key lacks its selector.
    """
    paths = split_names(files)
    names = split_names(selectors)
    if len(paths) != len(names):
        raise SettingsError(
            f"DIGEST_DKIM_KEY_FILE names {counted(len(paths), 'file')}, DIGEST_DKIM_SELECTOR "
            f"{len(names)}: each key needs its selector.",
            hint="`digest dkim keygen` creates a key and shows the settings",
        )
    return [
        DkimKey(domain, name, _read(Path(path))) for path, name in zip(paths, names, strict=True)
    ]


def record(key: DkimKey) -> str:
    """Return the TXT record for `selector._domainkey.domain` (RFC 6376, section 3.6.1)."""
    public = key.private.public_key()
    if isinstance(key.private, RSAPrivateKey):
        kind, octets = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:  # RFC 8463, section 4.2: the bare 32 octets
        kind, octets = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k={kind}; p={b64encode(octets).decode()}"


def zone_line(key: DkimKey) -> str:
    """Return the record as a line of a zone file, in strings of at most 255 octets."""
    text = record(key)
    strings = " ".join(f'"{text[at : at + _STRING]}"' for at in range(0, len(text), _STRING))
    return f"{key.selector}._domainkey.{key.domain}. IN TXT ( {strings} )"


def _read(file: Path) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as exc:
        raise SettingsError(f"DIGEST_DKIM_KEY_FILE: {file}: {exc.strerror}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SettingsError(
            f"DIGEST_DKIM_KEY_FILE: {file} is not a private key in PEM, or has a password.",
            hint="digest dkim keygen",
        ) from None
    if isinstance(key, Ed25519PrivateKey):
        return key
    if not isinstance(key, RSAPrivateKey):
        raise SettingsError(f"DIGEST_DKIM_KEY_FILE: {file} is neither an RSA nor an Ed25519 key.")
    if not _FEWEST_BITS <= key.key_size <= _MOST_BITS:
        raise SettingsError(
            f"DIGEST_DKIM_KEY_FILE: {file} has {key.key_size} bits; receivers want at least "
            f"{_FEWEST_BITS}and accept at most {_MOST_BITS}.",
            hint="digest dkim keygen",
        )
    return key
