"""A mail server that accepts everything and keeps nothing: the cheapest load sink in Python.

It looks at the bytes only as far as it must, and trusts its client: behind a final dot comes one
envelope at most, so the dot is looked for near the end of what came. No use as a real server.

    python -m benchmarks.discard [DELAY_MS]        prints the port that it listens on

SIGUSR1 makes it print how many mails it has taken since the last time, and for how many recipients.
"""

import asyncio
import signal
import sys
from collections import Counter

_BUFFER = 1 << 18
_ENVELOPE = 1024  # more than a client writes behind the final dot
_DOT = b"\r\n.\r\n"
_REPLIES = {
    b"DATA": b"354 Go on\r\n",
    b"EHLO": b"250-discard\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"QUIT": b"221 Bye\r\n",
}
_OK = b"250 2.0.0 Ok\r\n"


class Discard(asyncio.BufferedProtocol):
    """One connection: answer commands, drop bodies. delay: seconds before each answer.

    taken: counts the mails by the RCPT command of their recipient.
    """

    def __init__(self, taken: Counter[bytes], delay: float = 0) -> None:
        self._taken = taken
        self._delay = delay
        self._recipient = b""
        self._buffer = memoryview(bytearray(_BUFFER))
        self._in_body = False
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._transport.write(b"220 discard\r\n")

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Lend the same memory each time."""
        return self._buffer

    def buffer_updated(self, count: int) -> None:
        """Answer all the commands that came in one write."""
        data = self._tail + bytes(self._buffer[max(0, count - _ENVELOPE) : count])
        if not self._in_body and count > _ENVELOPE:
            raise ValueError("an envelope longer than any")
        replies = []
        if self._in_body:
            end = data.rfind(_DOT)
            if end < 0:
                self._tail = data[-4:]
                return
            self._in_body, data = False, data[end + len(_DOT) :]
            self._taken[self._recipient] += 1
            replies.append(_OK)
        *lines, self._tail = data.split(b"\r\n")
        for line in lines:
            verb = line[:4].upper()
            replies.append(_REPLIES.get(verb, _OK))
            if verb == b"RCPT":
                self._recipient = line
            elif verb == b"DATA":  # what follows waits for our reply
                self._in_body, self._tail = True, b"\r\n"  # an empty body's dot is found too
        self._answer(b"".join(replies))

    def _answer(self, replies: bytes) -> None:
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, replies)
        else:
            self._transport.write(replies)


async def main(delay_ms: float) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    taken: Counter[bytes] = Counter()
    server = await loop.create_server(lambda: Discard(taken, delay_ms / 1000), "127.0.0.1", 0)
    loop.add_signal_handler(signal.SIGUSR1, _report, taken)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _report(taken: Counter[bytes]) -> None:
    print(taken.total(), len(taken), flush=True)
    taken.clear()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0))
