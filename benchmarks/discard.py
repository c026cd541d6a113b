"""A mail server that accepts everything and keeps nothing: the cheapest load sink in Python.

It looks at the bytes only as far as it must, and trusts its client: behind a final dot comes one
envelope at most, so the dot is looked for near the end of what came. No use as a real server.

    python -m benchmarks.discard [DELAY_MS]        prints the port that it listens on

What it has taken, it tells by lines on its standard output, asked by lines on its standard input:

    count      mails and recipients
    report     a JSON object: `copies` by address, `octets`, `first` and `last` (seconds of
               CLOCK_MONOTONIC when a mail was accepted; 0 when there was none)
    forget     nothing is said; counting begins anew
"""

import asyncio
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable

_BUFFER = 1 << 18
_ENVELOPE = 1024  # more than a client writes behind the final dot
_DOT = b"\r\n.\r\n"
_REPLIES = {
    b"DATA": b"354 Go on\r\n",
    b"EHLO": b"250-discard\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"QUIT": b"221 Bye\r\n",
}
_OK = b"250 2.0.0 Ok\r\n"


class Taken:
    """What was accepted: mails by the RCPT command of their recipient, octets, and when."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.mails = self.octets = 0
        self.first = self.last = 0.0
        self._copies: Counter[bytes] = Counter()

    def add(self, recipient: bytes) -> None:
        """Count a mail that is accepted now."""
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.mails += 1
        self._copies[recipient] += 1

    def count(self) -> str:
        """Return how many mails, and to how many recipients."""
        return f"{self.mails} {len(self._copies)}"

    def report(self) -> str:
        """Return all of it, the recipients by their addresses."""
        copies = {
            command.partition(b"<")[2].partition(b">")[0].decode(): count
            for command, count in self._copies.items()
        }
        return json.dumps(
            {"copies": copies, "octets": self.octets, "first": self.first, "last": self.last}
        )


class Discard(asyncio.BufferedProtocol):
    """One connection: answer commands, drop bodies. delay: seconds before each answer."""

    def __init__(self, taken: Taken, delay: float = 0) -> None:
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
        data = bytes(self._buffer[max(0, count - _ENVELOPE) : count])
        if count <= _ENVELOPE:  # else the tail does not stand right before it
            data = self._tail + data
        if not self._in_body and count > _ENVELOPE:
            raise ValueError("an envelope longer than any")
        self._taken.octets += count
        replies = []
        if self._in_body:
            end = data.rfind(_DOT)
            if end < 0:
                self._tail = data[-4:]
                return
            self._in_body, data = False, data[end + len(_DOT) :]
            self._taken.add(self._recipient)
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
    taken = Taken()
    server = await loop.create_server(lambda: Discard(taken, delay_ms / 1000), "127.0.0.1", 0)
    threading.Thread(target=_listen, args=(loop, taken), daemon=True).start()
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _listen(loop: asyncio.AbstractEventLoop, taken: Taken) -> None:
    answers = {"count": taken.count, "report": taken.report}
    for line in sys.stdin:
        question = line.strip()
        if question == "forget":
            loop.call_soon_threadsafe(taken.forget)
        else:
            loop.call_soon_threadsafe(_say, answers[question])


def _say(answer: Callable[[], str]) -> None:
    print(answer(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0))
