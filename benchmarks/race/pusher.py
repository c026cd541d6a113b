"""Push one ready mail to many recipients over pipelined connections, and do nothing else.

python -m benchmarks.race.pusher PORT READERS OCTETS CONNECTIONS
"""

import socket
import sys

_LINE = b"A line of a digest as it goes out, seventy-six columns wide, and no dot....=\r\n"
_ENVELOPE = b"MAIL FROM:<push@example.org>\r\nRCPT TO:<r%d@example.org>\r\nDATA\r\n"


class Lane:
    """A connection; each write has a body and the envelope of the next mail."""

    def __init__(self, port: int, numbers: range, octets: int) -> None:
        self._numbers = iter(numbers)
        self._body = b"Subject: benchmark\r\n\r\n" + _LINE * (octets // len(_LINE)) + b".\r\n"
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._replies = self._socket.makefile("rb")
        self._socket.sendall(b"HELO benchmark\r\n")
        self._expect(b"220", b"250")
        self.is_open = self._begin(b"")

    def turn(self) -> None:
        """Wait until the envelope is answered, and push its body."""
        self._expect(b"250", b"250", b"354")
        self.is_open = self._begin(self._body)
        self._expect(b"250")

    def _begin(self, before: bytes) -> bool:
        number = next(self._numbers, None)
        envelope = b"" if number is None else _ENVELOPE % number
        self._socket.sendall(before + envelope)
        return number is not None

    def _expect(self, *codes: bytes) -> None:
        for code in codes:
            reply = self._replies.readline()
            if not reply.startswith(code):
                raise ValueError(f"{code!r} was expected: {reply!r}")


def main(port: int, readers: int, octets: int, connections: int) -> None:
    """Push until every reader has one."""
    lanes = [
        Lane(port, range(first, readers, connections), octets)
        for first in range(min(connections, readers))
    ]
    while lanes:
        for lane in lanes:
            lane.turn()
        lanes = [lane for lane in lanes if lane.is_open]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
