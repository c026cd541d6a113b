"""A mail server on a raw socket that misbehaves exactly on cue, connection by connection."""

import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

HANG_UP = None
SILENCE = b""
GOOD = {
    "EHLO": b"250 the extensions of the connection are put here\r\n",
    "MAIL": b"250 ok\r\n",
    "RCPT": b"250 ok\r\n",
    "DATA": b"354 go\r\n",
    ".": b"250 ok\r\n",
    "RSET": b"250 ok\r\n",
    "QUIT": b"221 bye\r\n",
}


def well_behaved(verb, _nth, _line):
    return GOOD[verb]


def slowly(verb, nth, line):
    """Answer the final dot after 20 ms."""
    if verb == ".":
        time.sleep(0.02)
    return well_behaved(verb, nth, line)


def answering(**replies):
    """Answer some verbs in a special way, always; the final dot is called `dot`."""
    special = {("." if verb == "dot" else verb): reply for verb, reply in replies.items()}
    return lambda verb, _nth, _line: (GOOD | special)[verb]


def on_nth(verb, nth, reply):
    """Answer the nth such command of a connection with `reply`, all else well."""
    return lambda v, n, line: reply if (v, n) == (verb, nth) else well_behaved(v, n, line)


@dataclass
class Behaviour:
    """What one connection does.

    answer(verb, nth, line): the raw reply to the nth (from 1) such command; HANG_UP and SILENCE.
    cut_sent, cut_received: hang up after so many bytes were sent or read, EHLO not counted.
    reset: hang up with a TCP reset. chunk: send that many bytes at a time.
    """

    greeting: bytes | None = b"220 scripted ready\r\n"
    extensions: tuple[str, ...] = ("PIPELINING", "SIZE 100000")
    answer: Callable[[str, int, bytes], bytes | None] = well_behaved
    cut_sent: int | None = None
    cut_received: int | None = None
    reset: bool = False
    chunk: int = 0


@dataclass
class _Connection:
    """The state of one dialogue."""

    line: socket.socket
    behaviour: Behaviour
    unread: bytes = b""
    counts: Counter = field(default_factory=Counter)
    in_dialogue: bool = False  # after EHLO: cuts count from here
    sent: int = 0
    received: int = 0


class HungUpError(Exception):
    """The connection is over."""


class ScriptedServer:
    """Gives each connection the next behaviour of the list, the last one from then on.

    accepted: (recipient, data) of each message whose 250 was sent to its last byte.
    commands: every command line of every connection, in order; connections: how many there were;
    cuts: how many of them ended at a cut; lines: their sockets.
    """

    def __init__(self, *behaviours):
        self.behaviours = list(behaviours) or [Behaviour()]
        self.accepted = []
        self.commands = []
        self.connections = 0
        self.cuts = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self._listener.getsockname()[1]
        self.lines = []
        self._threads = [threading.Thread(target=self._listen)]

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self.lines:
            with suppress(OSError):  # it may be closed already
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _listen(self):
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number, self.connections = self.connections, self.connections + 1
            behaviour = self.behaviours[min(number, len(self.behaviours) - 1)]
            thread = threading.Thread(target=self._talk, args=(_Connection(line, behaviour),))
            self.lines.append(line)
            self._threads.append(thread)
            thread.start()

    def _talk(self, connection):
        with connection.line as line:
            with suppress(HungUpError, OSError):
                self._send(connection, connection.behaviour.greeting)
                self._dialogue(connection)
            if connection.behaviour.reset:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _dialogue(self, connection):
        recipient = ""
        while True:
            line = self._read_until(connection, b"\r\n")
            verb = line.split(b" ")[0].strip().upper().decode("latin-1")
            with self._lock:
                self.commands.append(line.decode("utf-8").strip())
            if verb == "RCPT":
                recipient = line.split(b"<")[1].split(b">")[0].decode()
            reply = self._reply(connection, verb, line)
            if verb == "EHLO" and reply == GOOD["EHLO"]:
                names = ("scripted", *connection.behaviour.extensions)
                rows = [f"250-{name}" for name in names]
                rows[-1] = rows[-1].replace("-", " ", 1)
                reply = "".join(row + "\r\n" for row in rows).encode()
            self._send(connection, reply)
            connection.in_dialogue = connection.in_dialogue or verb == "EHLO"
            if verb == "DATA" and reply is not None and reply.startswith(b"354"):
                self._take_data(connection, recipient)
            if verb == "QUIT":
                return

    def _take_data(self, connection, recipient):
        data = b"\r\n"
        while not data.endswith(b"\r\n.\r\n"):
            data += self._read_until(connection, b"\r\n")
        reply = self._reply(connection, ".", data)
        self._send(connection, reply)
        if reply.startswith(b"2"):
            with self._lock:
                self.accepted.append((recipient, data[2:-3]))

    def _reply(self, connection, verb, line):
        connection.counts[verb] += 1
        return connection.behaviour.answer(verb, connection.counts[verb], line)

    def _read_until(self, connection, end):
        while end not in connection.unread:
            room = 65536
            limit = connection.behaviour.cut_received
            if limit is not None and connection.in_dialogue:
                room = min(room, limit - connection.received)
            if not room:
                self.cuts += 1
            data = connection.line.recv(room) if room else b""
            if not data:
                raise HungUpError
            if connection.in_dialogue:
                connection.received += len(data)
            connection.unread += data
        line, _, connection.unread = connection.unread.partition(end)
        return line + end

    def _send(self, connection, data):
        if data == SILENCE:
            while connection.line.recv(65536):
                pass  # for ever, until the client has had enough
        if not data:
            raise HungUpError
        limit = connection.behaviour.cut_sent
        cut = limit is not None and connection.in_dialogue and connection.sent + len(data) > limit
        if cut:
            data = data[: limit - connection.sent]
        step = connection.behaviour.chunk or len(data) or 1
        for start in range(0, len(data), step):
            connection.line.sendall(data[start : start + step])
        if connection.in_dialogue:
            connection.sent += len(data)
        if cut:
            self.cuts += 1
            raise HungUpError
