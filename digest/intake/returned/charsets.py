"""Turn octets into text, whatever charset they claim to be in."""

import codecs

# Python has these as charsets. Mail does not, and some take their time over long texts.
_NO_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}


def decode(octets: bytes, charset: str) -> str:
    """Return the text; without a charset that can be used, as UTF-8, or else as Latin-1."""
    name = _known(charset)
    if name and name not in ("ascii", "utf-8"):
        try:
            return octets.decode(name, "replace")
        except (LookupError, ValueError):  # no charset at all, such as "base64"
            pass
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("utf-8" if name == "utf-8" else "latin-1", "replace")


def _known(charset: str) -> str:
    try:
        name = codecs.lookup(charset[:40]).name.replace("-", "_")
    except (LookupError, ValueError):
        return ""
    return "" if name in _NO_CHARSETS else name.replace("utf_8", "utf-8")
