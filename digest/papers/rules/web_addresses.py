"""Turn the address of a page into one that may be linked: absolute, of the web, in ASCII.

Addresses with letters of any script (RFC 3987) are percent-encoded (section 3.1); the name of the
host becomes what the name service knows (IDNA 2008, with the mapping of UTS 46).
"""

from urllib.parse import quote, urlsplit, urlunsplit

import idna

_LONGEST = 500  # characters
_PATH = "/:@!$&'()*+,;=-._~%"  # RFC 3986: what stands in a path as it is, and what is encoded
_REST = _PATH + "?"


def web_address(text: str) -> str:
    """Return the address that may be linked; empty if it must not be, or is none."""
    text = text.strip()
    if not text or len(text) > _LONGEST or not text.isprintable():
        return ""
    try:
        parts = urlsplit(text)
        host = _host(parts.hostname or "")
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:  # a port that is no number, a name that no host can have
        return ""
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return ""
    path, query, fragment = quote(parts.path, _PATH), quote(parts.query, _REST), parts.fragment
    address = urlunsplit((parts.scheme, host + port, path, query, quote(fragment, _REST)))
    return address if len(address) <= _LONGEST else ""


def _host(name: str) -> str:
    """Return a host as it is looked up; ValueError for what cannot be one."""
    if ":" in name:
        return f"[{name}]"
    if name.isascii():
        return name if not set(name) & set("<>\"'\\^`{|} %") else ""
    return idna.encode(name, uts46=True).decode()
