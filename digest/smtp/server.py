"""One mail server: its connections, what happens when they break, and how much it is sent."""

import asyncio
import logging
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from digest.errors import UnreachableError
from digest.model import Message, Reply
from digest.smtp.connection import Connection
from digest.smtp.handshake import Handshake, HandshakeError
from digest.smtp.probe import offer_sender
from digest.smtp.replies import BrokenError
from digest.smtp.send_queue import SendQueue

BACKOFF_SECONDS = 300.0
MOST_SENDER_REFUSALS = 3
_POLICY = re.compile(r"[45]\.7\.\d")
_log = logging.getLogger(__name__)
_jitter = random.SystemRandom()


class RateLimiter(Protocol):
    """What a server with rate limits is asked before each message."""

    def __call__(self) -> float:
        """Acquire one permission to send: 0 when granted, else in how many seconds to ask again."""

    def give_back(self) -> None:
        """Return the permission that was just granted: there was no message to send."""

    def close(self) -> None:
        """Release what other processes could use; the limiter may be asked again afterwards."""


@dataclass(slots=True, eq=False)
class Slot:
    """A place for one connection. unusable_until: loop time, after connecting had been hopeless."""

    connection: Connection | None = None
    connecting: asyncio.Task[Connection] | None = None
    unusable_until: float = 0.0


class Server:
    """Keeps up to `connections` connections to one server; all methods run in the event loop.

    rate_limiter: asked before each message; None for a server without rate limits. waits: seconds
    between attempts to get a working connection, each made up to half longer or shorter by chance;
    after the last one the slot is given up for BACKOFF_SECONDS.

    It serves one delivery (one SendQueue) at a time. `refused` says why the server gets nothing
    more of this delivery, if so.
    """

    def __init__(
        self,
        handshake: Handshake,
        connections: int,
        *,
        rate_limiter: RateLimiter | None,
        waits: Sequence[float],
    ) -> None:
        self.slots = [Slot() for _ in range(connections)]
        self.refused: UnreachableError | None = None
        self._handshake = handshake
        self._rate_limiter = rate_limiter
        self._waits = waits
        self._queue: SendQueue | None = None
        self._throttled: asyncio.TimerHandle | None = None  # until the limiter is asked again
        self._sender_refusals = 0  # in a row

    @property
    def is_backup(self) -> bool:
        """Return whether it gets work only when the others fail."""
        return self._handshake.url.limits.weight == 0

    @property
    def place(self) -> str:
        """`host:port`, as messages name the server."""
        return self._handshake.url.place

    def begin_delivery(self, queue: SendQueue) -> None:
        """Take messages from this queue from now on."""
        self._queue = queue
        self.refused, self._sender_refusals = None, 0

    def end_delivery(self) -> None:
        """Take no more messages: the delivery is over."""
        self._queue = None
        if self._throttled is not None:
            self._throttled.cancel()
            self._throttled = None

    async def offer_sender(self, sender: str, timeout_seconds: float) -> Reply:
        """Return the reply to mail from this sender, on a connection of its own.

        UnreachableError names the step that failed, and a hint.
        """
        session = await self._handshake.connect()
        try:
            return await offer_sender(session, sender, timeout_seconds)
        except (BrokenError, TimeoutError) as exc:
            raise self._handshake.failure("session", str(exc) or "no reply to MAIL") from None

    def release_permissions(self) -> None:
        """Keep no permission to send from other processes: nothing more is sent."""
        if self._rate_limiter is not None:
            self._rate_limiter.close()

    # What a connection asks for and reports.

    def pull(self) -> Message | None:
        """Return a message to send now; None when there is none, or the rate limit is reached."""
        if self._queue is None or self.refused is not None or self._throttled is not None:
            return None
        if self._rate_limiter is None or not self._queue.has_work:
            return self._queue.pull()
        try:
            wait = self._rate_limiter()
        except Exception as exc:
            self._queue.fail(exc)
            return None
        if wait > 0:
            self._throttled = asyncio.get_running_loop().call_later(wait, self._resume)
            return None
        message = self._queue.pull()
        if message is None:  # only who asks for the next one learns that there is none
            self._rate_limiter.give_back()
        return message

    def note_reply(self, message: Message, reply: Reply) -> None:
        """Look at a reply to a message; when it shows that our sender is refused, send no more."""
        if reply.command != "MAIL":
            self._sender_refusals = 0
            return
        self._sender_refusals += reply.code >= 500
        if self._sender_refusals >= MOST_SENDER_REFUSALS or _POLICY.match(reply.text):
            self.refused = self.refused or _sender_refused(self.place, message, reply)

    # Connections and slots.

    def usable_slots(self) -> list[Slot]:
        """Return the slots to work with: connected ones, and those that may try to connect."""
        for slot in self.slots:
            if slot.connection is not None and slot.connection.gone.is_set():
                slot.connection = None
        now = asyncio.get_running_loop().time()
        return [
            slot for slot in self.slots if slot.connection is not None or slot.unusable_until <= now
        ]

    def connections(self) -> Iterator[Connection]:
        """Yield the open connections."""
        return (slot.connection for slot in self.slots if slot.connection is not None)

    async def work(self, slot: Slot, queue: SendQueue) -> UnreachableError | None:
        """Keep one slot at work while there is any; return why it was given up, if it was."""
        try:
            await self._keep_working(slot, queue)
        except HandshakeError as exc:
            _log.warning("One connection fewer for %d seconds: %s", BACKOFF_SECONDS, exc)
            slot.unusable_until = asyncio.get_running_loop().time() + BACKOFF_SECONDS
            return exc
        return self.refused

    async def connect(self, slot: Slot) -> Connection:
        """Return the slot's connection, connecting first if there is none.

        The handshake is a task of its own, so that the end of a short delivery does not cancel it:
        the next delivery continues with it.
        """
        if slot.connection is None or slot.connection.gone.is_set():
            slot.connection = None
            slot.connecting = slot.connecting or asyncio.create_task(self._connect())
            await asyncio.wait([slot.connecting])
            connecting, slot.connecting = slot.connecting, None
            slot.connection = connecting.result()
        return slot.connection

    async def _connect(self) -> Connection:
        session = await self._handshake.connect()
        limits = self._handshake.url.limits
        connection = Connection(
            session.transport,
            session.offers,
            patience_seconds=self._handshake.timeout_seconds,
            most_messages=limits.messages,
            most_seconds=limits.seconds,
        )
        session.transport.set_protocol(connection)
        return connection

    async def _keep_working(self, slot: Slot, queue: SendQueue) -> None:
        """Connect, work until the connection is gone, wait, and again; raise what ends that.

        An open connection is always waited for, work or not: it may be handed what another one
        puts back.
        """
        attempts = 0  # in a row that led to no connection on which a message was decided about
        while slot.connection is not None or (self.refused is None and queue.has_work):
            try:
                connection = await self.connect(slot)
            except HandshakeError as exc:
                failure = exc
            else:
                connection.start(self, queue)
                await connection.gone.wait()
                slot.connection = None
                self._start_all(queue)  # they may take what this one has put back
                idle = self.refused is not None or not queue.has_work
                if connection.retired or connection.stale or idle:
                    continue
                if connection.useful:
                    attempts = 0
                failure = self._handshake.failure("session", connection.reason)
            if failure.permanent or attempts == len(self._waits):
                raise failure
            await asyncio.sleep(self._waits[attempts] * _jitter.uniform(0.5, 1.5))
            attempts += 1

    def _resume(self) -> None:
        """Ask the rate limiter again."""
        self._throttled = None
        if self._queue is not None:
            self._start_all(self._queue)

    def _start_all(self, queue: SendQueue) -> None:
        for connection in self.connections():
            connection.start(self, queue)


def _sender_refused(place: str, message: Message, reply: Reply) -> UnreachableError:
    return UnreachableError(
        f"the relay {place} refuses our sender {message.sender}: {reply}",
        hint="check DIGEST_SENDER, DIGEST_BOUNCE_ADDRESS, DIGEST_VERP, and who logs in",
    )
