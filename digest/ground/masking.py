"""The last line of defence of the logs: whatever looks like an address or a key is masked.

Whoever writes a log line leaves out addresses and tokens in the first place; this is for the lines
of libraries, and for the texts of exceptions, which quote what they choke on.
"""

import re
from collections.abc import Mapping
from typing import Any

ADDRESS = "[address]"
TOKEN = "[token]"  # noqa: S105 -- what stands in a token's place
SECRET = "[secret]"  # noqa: S105 -- likewise

_LOGIN = re.compile(r"(?<=://)[^\s/@]+(?:@[^\s/@]+)*@")
# A name is looked for only where it can begin, which keeps the time linear in the length.
_ADDRESS = re.compile(
    r"(?:\"[^\"]*\"|(?<![^\s<>\"(),;:\[\]])[^\s<>\"(),;:\[\]]+)(?:@|%40)(?:\[[^\[\]]*\]|[^\s<>\"'(),;:\[\]{}?&/\\]+)"
)
# Signed links and numbers have 27 characters of base64url at least, a key of ours 16 or more; words
# and names of that length have no digit and no capital in the middle.
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*(?:[0-9]|[a-z_-][A-Z]))(?=[A-Za-z0-9_-]*[A-Za-z])"
    r"[A-Za-z0-9_-]{20,}"
)
# What stands for a password in an address: between a user and the last @ (it may hold what it
# should not, unescaped), or as the value of a parameter, such as PostgreSQL's `?password=`.
_PASSWORD = re.compile(r"(?<=://)([^\s/?#:@]*):(?:(?!://)\S)*@")
_SECRET_PARAMETER = re.compile(
    r"([?&;][^\s?&;=#]{0,40}(?:pass|pwd|secret|token|key|auth|sig)[^\s&;=#]{0,40}=)[^\s&#]*",
    re.IGNORECASE,
)
_SECRET_NAMES = re.compile(r"password|passwd|token|secret|authorization|cookie", re.IGNORECASE)


def mask_text(text: str) -> str:
    """Return the text with every login, address and token in it masked; masking twice is once."""
    return _TOKEN.sub(TOKEN, mask_addresses(_LOGIN.sub(f"{SECRET}@", text)))


def mask_addresses(text: str) -> str:
    """Return the text with every mail address in it masked."""
    return _ADDRESS.sub(ADDRESS, text) if "@" in text or "%40" in text else text


def mask_url(text: str) -> str:
    """Return a text with the passwords of every address in it masked, and all else as it is."""
    text = _PASSWORD.sub(r"\1:***@", text)
    return _SECRET_PARAMETER.sub(r"\1***", text)


def mask(value: Any, name: str = "") -> Any:
    """Return a log value with all text in it masked; `name`: the field that it is the value of.

    Numbers, truth values and None stay; mappings and sequences are looked into; anything else is
    turned into its words first, since nobody knows what a renderer would print of it.
    """
    if _SECRET_NAMES.search(name) and value is not None:
        return SECRET
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {mask_text(str(key)): mask(each, str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask(each) for each in value]
    return mask_text(value if isinstance(value, str) else str(value))
