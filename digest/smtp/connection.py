"""One connection's transactions, driven by what the server says; no task and no timer per message.

With PIPELINING (RFC 2920) a warm connection needs one round trip a message:

    we      body of A, final dot, MAIL RCPT DATA of B
    server  250 (A is accepted), 250, 250, 354
    we      body of B, final dot, MAIL RCPT DATA of C

Replies are matched to commands by position. A body is begun only after its own 354, and only when
the server has said nothing beyond what it was asked. Without PIPELINING, every command waits.
"""

import asyncio
from collections import deque
from typing import Protocol

from digest.errors import UnreachableError
from digest.model import Lost, Message, Reply
from digest.smtp.envelope import Offers, envelope, stuffed
from digest.smtp.replies import BrokenError, ReplyReader, reply_text
from digest.smtp.send_queue import SendQueue

_ENVELOPE = ("MAIL", "RCPT", "DATA")
_FINAL_DOT = "."
_LONE_DOT = "the lone dot"
_CLOSING = 421  # RFC 5321, section 3.8: a server that goes away may say it at any time
_ROOM = 4096  # octets read at a time: replies are short
_FINAL_DOT_PATIENCE = 10  # RFC 5321, section 4.5.3.2: the final dot may take much longer


class Source(Protocol):
    """Where a connection gets its messages: its `Server`.

    refused: why the server gets nothing more, if so.
    """

    refused: UnreachableError | None

    def pull(self) -> Message | None:
        """Return a message to send now, if there is one."""

    def note_reply(self, message: Message, reply: Reply) -> None:
        """Look at what the server said about a message."""


class Connection(asyncio.BufferedProtocol):
    """Sends messages one after the other, until there are none or the connection breaks.

    Messages come from the server's `pull`; what becomes of each is reported to the queue.
    `gone` is set when the connection is of no more use, and `reason` then says why; all answers
    to its messages are recorded by then.

    patience_seconds: how long a command may go unanswered, the final dot ten times as long.
    most_messages, most_seconds: the connection is closed after so many bodies or so long a time,
    when a message is done; 0 means never.
    """

    _server: Source
    _queue: SendQueue

    def __init__(
        self,
        transport: asyncio.Transport,
        offers: Offers,
        *,
        patience_seconds: float,
        most_messages: int = 0,
        most_seconds: float = 0,
    ) -> None:
        self.gone = asyncio.Event()
        self.reason = ""
        self.useful = False  # whether the server has decided about a message
        self.retired = False  # whether we said goodbye ourselves
        self.stale = False  # whether it has said nothing since it was last idle
        self._transport = transport
        self._offers = offers
        self._patience_seconds = patience_seconds
        self._most_messages = most_messages
        self._bodies = 0
        self._clock = asyncio.get_running_loop().time
        self._heard_at = self._clock()
        self._silent_seconds = 0.0  # since the server was last heard
        self._ends_at = self._heard_at + most_seconds if most_seconds else float("inf")
        self._replies = ReplyReader()
        self._room = memoryview(bytearray(_ROOM))
        self._expected: deque[str] = deque()  # what the coming replies answer, in order
        self._unsent: deque[tuple[str, bytes]] = deque()  # lock-step: the rest of an envelope
        self._opening: Message | None = None  # its envelope is out, its body is not
        self._handed_over: Message | None = None  # its final dot is out

    def start(self, server: Source, queue: SendQueue) -> None:
        """Look for messages of this delivery, unless the connection is busy."""
        self._server, self._queue = server, queue
        if self._expected or self.gone.is_set() or self._transport.is_closing():
            return
        self.stale = self.useful
        self._heard()
        try:
            self._go_on()
        except BrokenError as exc:
            self.break_off(str(exc))

    def check(self, listened_seconds: float) -> None:
        """Break off when the server has been silent for too long; called now and then.

        listened_seconds: how long it could have been heard since the last call.
        """
        if not self._expected:
            return
        self._silent_seconds += listened_seconds
        step = self._expected[0]
        limit = self._patience_seconds * (_FINAL_DOT_PATIENCE if step == _FINAL_DOT else 1)
        if self._silent_seconds > limit:
            self.break_off(f"no reply to {step} within {limit:g} seconds")

    def quit(self) -> None:
        """Say goodbye; `gone` is set when the server has answered or closed."""
        if self.retired or self.gone.is_set():
            return
        self.retired = True
        self._expected.append("QUIT")
        self._transport.write(b"QUIT\r\n")

    def break_off(self, reason: str) -> None:
        """Drop the connection and record what became of its messages."""
        self._transport.abort()
        self._settle(reason)

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Offer a buffer: else asyncio maps 256 KB of memory for every reply."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Handle the replies that have arrived."""
        self._heard()
        self._replies.feed(bytes(self._room[:nbytes]))
        try:
            while not self.gone.is_set() and (reply := self._replies.next()) is not None:
                self._on_reply(*reply)
        except BrokenError as exc:
            self.break_off(str(exc))

    def connection_lost(self, exc: Exception | None) -> None:
        """Record what became of the messages that were on the connection."""
        self._settle(f"the connection broke: {exc}" if exc else "the server closed the connection")

    def _heard(self) -> None:
        self._heard_at, self._silent_seconds = self._clock(), 0.0

    def _on_reply(self, code: int, raw: bytes) -> None:
        if not self._expected:
            raise BrokenError(f"the server said unasked: {code} {reply_text(raw)}")
        step = self._expected.popleft()
        self.stale = False
        if step == _FINAL_DOT:
            self._on_final_reply(code, raw)
        if code == _CLOSING and step == "MAIL" and self.useful:
            # So many messages a connection and no more: that is not this message's fault.
            self._put_back("the server closes", counts=False)
        if code == _CLOSING or step == "QUIT":
            raise BrokenError(f"the server closes: {code} {reply_text(raw)}")
        if step in _ENVELOPE:
            self._on_envelope_reply(step, code, raw)
        if not self._expected:
            self._go_on()

    def _on_final_reply(self, code: int, raw: bytes) -> None:
        if 300 <= code < 400:
            raise BrokenError(f"the final dot was answered by {code} {reply_text(raw)}")
        if code == _CLOSING:
            self._put_back("the server closes", counts=False)
        if self._handed_over is not None:
            message, self._handed_over = self._handed_over, None
            self._answer(message, Reply(code, reply_text(raw), _FINAL_DOT))

    def _on_envelope_reply(self, step: str, code: int, raw: bytes) -> None:
        if step == "DATA" and code == 354:
            if self._opening is not None:
                self._hand_over(self._opening)
            else:
                # The server waits for a message whose recipient it has refused. A lone dot ends
                # that transaction, whatever its reply is (RFC 2920, section 3.1).
                self._write(b".\r\n", _LONE_DOT)
            return
        if step == "DATA" or not 200 <= code < 300:
            self._refuse(step, code, raw)
        if self._opening is None and not self._expected:
            self._write(b"RSET\r\n", "RSET")  # the next MAIL must find no open transaction

    def _refuse(self, step: str, code: int, raw: bytes) -> None:
        """Record a refusal: the message is done with, replies to its other commands may come."""
        if self._opening is None:
            return
        if code < 400:
            raise BrokenError(f"{step} was answered by {code} {reply_text(raw)}")
        message, self._opening = self._opening, None
        self._unsent.clear()
        self._answer(message, Reply(code, reply_text(raw), step))

    def _hand_over(self, message: Message) -> None:
        """Write body, final dot and the next envelope; from here on the server may accept it."""
        self._check_silence()
        body = stuffed(message)
        self._opening = None
        self._bodies += 1
        self._expected.append(_FINAL_DOT)
        behind = self._follower()
        if not self._queue.begin(message):
            reason = "it could not be noted that the message goes out"
            self._queue.put_back(message, reason, counts=False)
            raise BrokenError(reason)
        self._handed_over = message
        self._transport.write(b"".join((body, b".\r\n", behind)))

    def _write(self, command: bytes, step: str) -> None:
        """Write a command and, where the server allows it, the next envelope."""
        self._check_silence()
        self._expected.append(step)
        self._transport.write(command + self._follower())

    def _check_silence(self) -> None:
        """Break off when the server answers before it is asked: positions mean nothing then."""
        if self._replies.unread:
            raise BrokenError("the server said more than it was asked")

    def _follower(self) -> bytes:
        """Return the next envelope if it may go out behind something else."""
        if not self._offers.pipelining or self._is_worn:
            return b""
        return self._next_envelope()

    def _go_on(self) -> None:
        """Write what comes next, now that nothing is expected."""
        self._check_silence()
        if self._unsent:
            step, command = self._unsent.popleft()
            self._expected.append(step)
            self._transport.write(command)
        elif self._is_worn:
            self.quit()
        elif commands := self._next_envelope():
            self._transport.write(commands)

    @property
    def _is_worn(self) -> bool:
        if 0 < self._most_messages <= self._bodies or self._server.refused is not None:
            return True
        return self._heard_at > self._ends_at

    def _next_envelope(self) -> bytes:
        """Pull a message and return what of its envelope may go out at once, if there is one."""
        while (message := self._server.pull()) is not None:
            commands = envelope(message, self._offers)
            if isinstance(commands, bytes):
                return self._open(message, commands)
            self._queue.answer(message, commands)
        return b""

    def _open(self, message: Message, commands: bytes) -> bytes:
        self._opening = message
        if self._offers.pipelining:
            self._expected.extend(_ENVELOPE)
            return commands
        lines = commands.splitlines(keepends=True)
        self._unsent.extend(zip(_ENVELOPE[1:], lines[1:], strict=True))
        self._expected.append(_ENVELOPE[0])
        return lines[0]

    def _answer(self, message: Message, reply: Reply) -> None:
        self.useful = True
        self._server.note_reply(message, reply)
        self._queue.answer(message, reply)

    def _settle(self, reason: str) -> None:
        """Record what is known of the messages on this connection, now that it is over."""
        if self.gone.is_set():
            return
        self.gone.set()
        self.reason = reason
        self._expected.clear()
        self._unsent.clear()
        # A message that was only waiting behind another one's final dot is not to blame.
        self._put_back(reason, counts=not self.stale and self._handed_over is None)
        if self._handed_over is not None:
            message, self._handed_over = self._handed_over, None
            self._queue.answer(message, Lost(reason))

    def _put_back(self, reason: str, *, counts: bool) -> None:
        if self._opening is not None:
            message, self._opening = self._opening, None
            self._queue.put_back(message, reason, counts=counts)
