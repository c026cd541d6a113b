"""Decode the body of an answer in bounded memory, however well it is compressed."""

import zlib
from collections.abc import Iterable, Iterator

from digest.errors import FetchError

_GZIP_OR_ZLIB = 47  # window bits: zlib finds out which of the two it is


def decode(chunks: Iterable[bytes], encoding: str, *, most_bytes: int) -> bytes:
    """Return the decoded body; FetchError when it is too long, broken, or encoded otherwise.

    chunks: as sent. most_bytes: of what is sent and of what comes out of it, each.
    """
    match encoding.strip().lower():
        case "" | "identity":
            pieces = iter(chunks)
        case "gzip" | "x-gzip" | "deflate":
            pieces = _inflate(chunks, most_bytes)
        case other:
            raise FetchError(f"the answer is encoded as {other[:40]!r}, which was not requested")
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > most_bytes:
            raise too_long(most_bytes)
    return bytes(body)


def too_long(most_bytes: int) -> FetchError:
    """Return the error for an answer that is too long."""
    return FetchError(f"the answer is longer than {most_bytes / 1e6:,.1f} MB")


def _inflate(chunks: Iterable[bytes], most_bytes: int) -> Iterator[bytes]:
    """Unpack piece by piece; each is at most a byte longer than all that is allowed."""
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    sent = 0
    try:
        for chunk in chunks:
            sent += len(chunk)
            if sent > most_bytes:
                raise too_long(most_bytes)
            rest = chunk
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, most_bytes + 1)
                rest = unpacker.unconsumed_tail
    except zlib.error as exc:
        raise FetchError(f"the answer cannot be unpacked: {exc}") from None
    if not unpacker.eof:
        raise FetchError("the answer is cut off", passing=True)
