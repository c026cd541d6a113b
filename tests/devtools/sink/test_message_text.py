"""A message is read to its final dot, however the network cuts it, and not an octet further."""

import asyncio

import pytest

from digest.devtools.sink.message_text import longest_line, read_message, without_doubled_dots

MESSAGE = b"Subject: Hello\r\n\r\n..\r\n...\r\nA dot.\r\n"
NEXT = b"MAIL FROM:<news@example.org>\r\n.\r\n"


def read(*pieces: bytes, most: int = 1000, begun: bytes = b"") -> tuple[bytes | None, bytes]:
    """Read a message that comes in pieces; return it, and what is left for the next command."""

    async def run():
        reader = asyncio.StreamReader()
        reading = asyncio.create_task(read_message(reader, most, begun))
        for piece in pieces:
            await asyncio.sleep(0)
            reader.feed_data(piece)
        found = await reading
        reader.feed_eof()
        return found, await reader.read()

    return asyncio.run(run())


@pytest.mark.parametrize("message", [MESSAGE, b"\r\n", b""])
def test_it_is_found_wherever_it_is_cut(message):
    whole = message + b".\r\n" + NEXT
    for place in range(1, len(whole)):
        assert read(whole[:place], whole[place:]) == (message, NEXT)
    assert read(*(whole[at : at + 1] for at in range(len(message) + 3))) == (message, b"")


def test_what_was_read_before_belongs_to_it():
    assert read(b"second\r\n.\r\n", begun=b"first\r\n") == (b"first\r\nsecond\r\n", b"")
    assert read(NEXT, begun=b".\r\n") == (b"", NEXT)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_one_that_is_too_large_is_read_to_its_end_and_not_kept(size):
    whole = MESSAGE * 20 + b".\r\n" + NEXT
    pieces = [whole[at : at + size] for at in range(0, len(whole) - len(NEXT), size)]
    left = b"".join(pieces)[len(whole) - len(NEXT) :]
    assert read(*pieces, most=len(MESSAGE) * 20) == (MESSAGE * 20, left)
    assert read(*pieces, most=len(MESSAGE) * 20 - 1) == (None, left)
    assert read(*pieces, most=10) == (None, left)


def test_a_client_that_goes_away_has_sent_no_message():
    async def run():
        reader = asyncio.StreamReader()
        reader.feed_data(MESSAGE)
        reader.feed_eof()
        await read_message(reader, 1000)

    with pytest.raises(asyncio.IncompleteReadError):
        asyncio.run(run())


def test_the_longest_line_counts_with_its_end():
    assert longest_line(b"12\r\n1234\r\n") == 6
    assert longest_line(b"") == 2


def test_one_dot_of_each_line_that_begins_with_one_goes():
    assert without_doubled_dots(MESSAGE) == b"Subject: Hello\r\n\r\n.\r\n..\r\nA dot.\r\n"
    assert without_doubled_dots(b"..\r\n..\r\n") == b".\r\n.\r\n"
