"""Find the reports in a mail or a file, and unpack them in bounded memory.

They come as .xml, .xml.gz or .zip (RFC 9990, section 3.2), labelled with care or not at all, so the
first octets of each part decide what it is.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from email import policy
from email.message import Message
from email.parser import BytesParser
from itertools import islice

from digest.errors import InputError

LARGEST_XML = 10_000_000  # bytes, of all reports of a mail; most have a few thousand
MOST_PARTS = 50  # of a mail
MOST_REPORTS = 10  # of a mail
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_XML = (b"<?xml", b"<feedback", b"\xef\xbb\xbf<")
_PIECE = 1 << 16


def reports_in(raw: bytes) -> list[bytes]:
    """Return the XML of each report in a mail, or of the file itself; none: it holds no report.

    InputError when they are larger than LARGEST_XML, cannot be unpacked, or are too many.
    """
    if raw.startswith((_GZIP, _ZIP)) or raw.lstrip()[:9].startswith(_XML):
        return list(_unpack(raw))
    found: list[bytes] = []
    for part in islice(_parts(raw), MOST_PARTS):
        found += _unpack(_content(part))
        if len(found) > MOST_REPORTS or sum(map(len, found)) > LARGEST_XML:
            raise InputError(f"The mail has more than {MOST_REPORTS} reports, or too large ones.")
    return found


def _parts(raw: bytes) -> list[Message]:
    """Return the parts of a mail that hold something, without those of mails within it."""
    try:
        mail = BytesParser(policy=policy.compat32).parsebytes(raw)
        waiting, found = [mail], []
        while waiting:
            part = waiting.pop(0)
            inner = part.get_payload()
            if part.get_content_maintype() == "multipart" and isinstance(inner, list):
                waiting = [*inner, *waiting]
            else:
                found.append(part)
    except RecursionError:
        raise InputError("The parts of the mail are nested too deeply.") from None
    return found


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _unpack(content: bytes) -> Iterator[bytes]:
    """Yield the XML of a part: none, one, or as many as an archive holds."""
    if content.startswith(_GZIP):
        content = _gunzip(content)
        if _is_report(content):
            yield content
    elif content.startswith(_ZIP):
        yield from filter(_is_report, _unzip(content))
    elif _is_report(content):
        yield _within(content)


def _gunzip(content: bytes) -> bytes:
    unpacker = zlib.decompressobj(31)  # window bits: gzip alone
    try:
        xml = unpacker.decompress(content, LARGEST_XML + 1)
    except zlib.error as exc:
        raise InputError(f"A report cannot be unpacked: {exc}.") from None
    if len(xml) <= LARGEST_XML and not unpacker.eof:
        raise InputError("A report is cut off.")
    return _within(xml)


def _unzip(content: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if len(members) > MOST_REPORTS:
                raise InputError(f"An archive holds more than {MOST_REPORTS} files.")
            for member in members:
                with archive.open(member) as file:
                    yield _within(file.read(LARGEST_XML + 1))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as exc:
        raise InputError(f"A report cannot be unpacked: {exc}.") from None  # encrypted, cut off


def _within(xml: bytes) -> bytes:
    if len(xml) > LARGEST_XML:
        raise InputError(f"A report is larger than {LARGEST_XML:,} bytes.")
    return xml


def _is_report(xml: bytes) -> bool:
    return xml.lstrip()[:9].startswith(_XML) and b"feedback" in xml[:4096]
