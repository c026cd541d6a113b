"""What a client sends after DATA, read as it comes: line by line costs more than all the rest."""

import asyncio

_FINAL_DOT = b"\r\n.\r\n"
_ALL = 1 << 30  # octets: more than a reader ever holds


async def read_message(reader: asyncio.StreamReader, most: int, begun: bytes = b"") -> bytes | None:
    """Read up to the final dot; return the lines before it, dots still doubled.

    most: octets of the lines; None for a message that has more. begun: what was read of it before.
    What the client sent after the dot is left in the reader. IncompleteReadError at the end of all.
    """
    text = bytearray(b"\r\n")  # so that the first line begins like every other
    text += begun
    is_too_much, seen = False, 0
    while (end := text.find(_FINAL_DOT, seen)) < 0:
        if len(text) > most + len(_FINAL_DOT):
            is_too_much = True
            del text[: 1 - len(_FINAL_DOT)]
        seen = max(0, len(text) + 1 - len(_FINAL_DOT))
        got = await reader.read(_ALL)
        if not got:
            raise asyncio.IncompleteReadError(bytes(text), None)
        text += got
    if rest := text[end + len(_FINAL_DOT) :]:
        reader.feed_data(rest)  # nothing else is in it
    return None if is_too_much or end > most else bytes(text[2 : end + 2])


def longest_line(text: bytes) -> int:
    """Return how many octets the longest line of a message has, its end included."""
    return max(map(len, text.split(b"\r\n"))) + 2


def without_doubled_dots(text: bytes) -> bytes:
    """Return what was meant (RFC 5321, section 4.5.2)."""
    return (b"\r\n" + text).replace(b"\r\n.", b"\r\n")[2:]
