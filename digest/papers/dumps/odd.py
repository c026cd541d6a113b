"""Say what a file is that is not a dump, so that a person can fix it."""

import re

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_BINARY_STARTS = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"SQLite format 3": "a SQLite database",
    b"{\\rtf": "an RTF document",
}
_MARKUP = re.compile(rb"<(!doctype|html|head|body|\?xml|rss|feed|svg)\b", re.IGNORECASE)
_JSON = re.compile(rb'[\[{]\s*(["\[{\]}]|$)')


def explain(first_bytes: bytes) -> str:
    """Return what is wrong with a file that starts like this; empty if nothing is."""
    start = first_bytes.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not first_bytes:
        return "the file is empty"
    if first_bytes.startswith(_UTF16_MARKS):
        return "the file is UTF-16 text: save it as UTF-8"
    for magic, name in _BINARY_STARTS.items():
        if start.startswith(magic):
            return f"the file is {name}, not text"
    if _MARKUP.match(start):
        return "the file is HTML or XML: save the page as text"
    if _JSON.match(start):
        return "the file is JSON, but not one object a line (JSON lines)"
    return ""
