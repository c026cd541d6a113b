"""The fingerprint of the settings that shape a mail: a hash by name, which tells no value.

Two machines with another value would send mail from two senders, or links that the other refuses.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256

# A machine that differs in one of these is refused; in the others its mail only looks different.
IDENTITY = ("secret_key", "base_url", "sender", "bounce_address", "unsubscribe_address")
LOOK = ("name", "postal_address", "search_url", "verp", "dkim_domain", "dkim_selector")
_OCTETS = 8


def hash_value(installation: str, name: str, value: str) -> str:
    """Return what is kept of a value, hex; it differs from installation to installation."""
    return sha256(f"{installation}\0{name}\0{value}".encode()).hexdigest()[: 2 * _OCTETS]


def make(installation: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return the fingerprint. values: by name; of the secret key the one that signs."""
    return {name: hash_value(installation, name, values[name]) for name in (*IDENTITY, *LOOK)}


def differing(
    stored: Mapping[str, str], present: Mapping[str, str], known_keys: Sequence[str]
) -> list[str]:
    """Return the names of the settings that differ, those that matter most first.

    known_keys: hashes of all keys that this machine reads. A new key before the stored one is a
    rotation, and no difference: links of either are read here.
    """
    names = [name for name in (*IDENTITY, *LOOK) if stored.get(name) != present[name]]
    if stored.get("secret_key") in known_keys:
        names = [name for name in names if name != "secret_key"]
    return names


def variables(names: Sequence[str]) -> str:
    """Return the names as an operator knows them: DIGEST_SENDER, DIGEST_BASE_URL."""
    return ", ".join(f"DIGEST_{name.upper()}" for name in names)
