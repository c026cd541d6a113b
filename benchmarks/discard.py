"""A mail server that accepts everything and keeps nothing: the cheapest load sink in Python.

It looks at the bytes only as far as it must: commands are answered one reply a line, a body is
searched for its final dot and dropped. It trusts its client, so it is of no use as a real server.

    python -m benchmarks.discard            prints the port that it listens on
"""

import asyncio
import sys


class Discard(asyncio.Protocol):
    """One connection: answer commands, drop bodies."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._in_body = False
        self._tail = b""
        transport.write(b"220 discard\r\n")  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Answer all the commands that came in one write."""
        data = self._tail + data
        replies = []
        while data:
            if self._in_body:
                end = data.find(b"\r\n.\r\n")
                if end < 0:
                    data = data[-4:]
                    break
                data, self._in_body = data[end + 5 :], False
                replies.append(b"250 2.0.0 Ok\r\n")
                continue
            line, found, rest = data.partition(b"\r\n")
            if not found:
                break
            data = rest
            verb = line[:4].upper()
            if verb == b"DATA":
                self._in_body = True
                data = b"\r\n" + data  # so that an empty body's dot is found too
                replies.append(b"354 Go on\r\n")
            elif verb == b"EHLO":
                replies.append(b"250-discard\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
            elif verb == b"QUIT":
                replies.append(b"221 Bye\r\n")
            else:
                replies.append(b"250 2.1.0 Ok\r\n")
        self._tail = data
        if replies:
            self._transport.write(b"".join(replies))


async def main() -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Discard, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    sys.stdout.close()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
