"""One server and the connections to it, and what happens when they break."""

import asyncio
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest.errors import UnreachableError
from digest.model import Reply
from digest.smtp.connection import Connection
from digest.smtp.handshake import Doorway, HandshakeError
from digest.smtp.probe import offer_sender
from digest.smtp.replies import BrokenError
from digest.smtp.send_queue import SendQueue
from digest.smtp.tap import RateLimiter, Tap

REST_SECONDS = 300.0
_log = logging.getLogger(__name__)
_jitter = random.SystemRandom()


@dataclass(slots=True, eq=False)
class Slot:
    """A place for one connection; `rests_until` (loop time) after connecting had been hopeless."""

    connection: Connection | None = None
    connecting: asyncio.Task[Connection] | None = None
    rests_until: float = 0.0


class Server:
    """Keeps up to `connections` connections to one server; all methods run in the event loop.

    gate: asked before each message; None lets all through. waits: seconds between tries to get a
    connection that works, each made up to half longer or shorter by chance; when they are used up
    the slot is given up and rests.
    """

    def __init__(
        self,
        doorway: Doorway,
        connections: int,
        *,
        gate: RateLimiter | None,
        waits: Sequence[float],
    ) -> None:
        self.slots = [Slot() for _ in range(connections)]
        self._doorway = doorway
        self._gate = gate
        self._waits = waits

    @property
    def stands_in(self) -> bool:
        """Whether it gets work only when others fail."""
        return self._doorway.url.limits.weight == 0

    @property
    def place(self) -> str:
        """`host:port`, as messages name the server."""
        return self._doorway.url.place

    async def offer_sender(self, sender: str, timeout_seconds: float) -> Reply:
        """Return the reply to mail from this sender, on a connection of its own.

        UnreachableError names the step that failed, and a hint.
        """
        session = await self._doorway.enter()
        try:
            return await offer_sender(session, sender, timeout_seconds)
        except (BrokenError, TimeoutError) as exc:
            raise self._doorway.failure("session", str(exc) or "no reply to MAIL") from None

    def tap(self, send_queue: SendQueue) -> Tap:
        """Return this server's end of a handover."""
        return Tap(send_queue, self._doorway.url.place, self._gate, self._start_all)

    def close_gate(self) -> None:
        """Keep no permission to send: nothing more is handed over."""
        if self._gate is not None:
            self._gate.close()

    def ready(self) -> list[Slot]:
        """The slots to work with: connected ones, and those that need not rest."""
        for slot in self.slots:
            if slot.connection is not None and slot.connection.gone.is_set():
                slot.connection = None
        now = asyncio.get_running_loop().time()
        return [
            slot for slot in self.slots if slot.connection is not None or slot.rests_until <= now
        ]

    def lanes(self) -> Iterator[Connection]:
        """Yield the connections that are there."""
        return (slot.connection for slot in self.slots if slot.connection is not None)

    async def serve(self, slot: Slot, tap: Tap) -> UnreachableError | None:
        """Keep one slot at work as long as there is any; return why it was given up, if it was."""
        try:
            await self._keep_working(slot, tap)
        except HandshakeError as exc:
            _log.warning("One connection fewer for %d seconds: %s", REST_SECONDS, exc)
            slot.rests_until = asyncio.get_running_loop().time() + REST_SECONDS
            return exc
        return tap.refused

    async def lane_of(self, slot: Slot) -> Connection:
        """Return the slot's lane, connecting first if there is none.

        The handshake is a task of its own, so that the end of a small handover does not break it
        off: the next handover finds it where it was.
        """
        if slot.connection is None or slot.connection.gone.is_set():
            slot.connection = None
            slot.connecting = slot.connecting or asyncio.create_task(self._connect())
            await asyncio.wait([slot.connecting])
            connecting, slot.connecting = slot.connecting, None
            slot.connection = connecting.result()
        return slot.connection

    async def _connect(self) -> Connection:
        session = await self._doorway.enter()
        limits = self._doorway.url.limits
        connection = Connection(
            session.transport,
            session.offers,
            patience_seconds=self._doorway.timeout_seconds,
            most_messages=limits.messages,
            most_seconds=limits.seconds,
        )
        session.transport.set_protocol(connection)
        return connection

    async def _keep_working(self, slot: Slot, tap: Tap) -> None:
        """Connect, work until the connection is gone, wait, and again; raise what ends that.

        An open connection is never left alone, work or not: it may be handed what another one
        puts back.
        """
        tries = 0  # in a row that led to no connection on which a message was decided about
        while slot.connection is not None or tap.has_work:
            try:
                connection = await self.lane_of(slot)
            except HandshakeError as exc:
                trouble = exc
            else:
                connection.start(tap)
                await connection.gone.wait()
                slot.connection = None
                self._start_all(tap)  # they may take what this one has put back
                if connection.retired or connection.stale or not tap.has_work:
                    continue
                if connection.useful:
                    tries = 0
                trouble = self._doorway.failure("session", connection.reason)
            if trouble.permanent or tries == len(self._waits):
                raise trouble
            await asyncio.sleep(self._waits[tries] * _jitter.uniform(0.5, 1.5))
            tries += 1

    def _start_all(self, tap: Tap) -> None:
        for connection in self.lanes():
            connection.start(tap)
