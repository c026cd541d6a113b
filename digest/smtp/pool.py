"""The pool: connections to one or more mail servers, and who takes over when one fails."""

import asyncio
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from pathlib import Path
from types import TracebackType
from typing import Self

from digest.errors import SettingsError, UnreachableError
from digest.model import Message, Reply
from digest.smtp.connection import Connection
from digest.smtp.handshake import Doorway, HandshakeError
from digest.smtp.send_queue import Recorder, SendQueue
from digest.smtp.server import Server, Slot
from digest.smtp.smtp_url import SmtpUrl
from digest.smtp.tap import RateLimiter, Tap

__all__ = ["RateLimiter", "Recorder", "SmtpPool"]

RETRY_WAITS_SECONDS = (0.5, 2.0, 8.0)
GOODBYE_SECONDS = 3.0


class SmtpPool:
    """Hands messages to mail servers over `connections` connections that stay open.

    urls: the servers; each gets its share of the connections by its weight, or the number that
    its address names, and at least one. One of weight 0 stands in: it gets work only when no other
    can be had. timeout_seconds: for each step of the handshake and each command; the final dot of
    a message may take ten times as long. hostname: our name in EHLO, empty for this machine's own.
    ca_file: certificates to trust instead of the system's. gate: makes what a server with a limit
    on its rate is asked before each message. retry_waits_seconds: the waits between tries to get a
    connection that works, each made up to half longer or shorter by chance; when they are used up
    the connection is given up. Synchronous, for one thread: the event loop runs only in the calls.
    """

    def __init__(
        self,
        urls: Sequence[SmtpUrl],
        *,
        connections: int = 8,
        timeout_seconds: float = 60,
        hostname: str = "",
        allow_plain_auth: bool = False,
        ca_file: Path | None = None,
        gate: Callable[[SmtpUrl], RateLimiter | None] = lambda _url: None,
        retry_waits_seconds: Sequence[float] = RETRY_WAITS_SECONDS,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._servers = [
            Server(
                Doorway(url, hostname, timeout_seconds, allow_plain_auth, _tls(url, ca_file)),
                count,
                gate=gate(url),
                waits=retry_waits_seconds,
            )
            for url, count in zip(urls, share_out(urls, connections), strict=True)
        ]
        self._runner: asyncio.Runner | None = None

    def open(self) -> None:
        """Connect and log in once, to whichever server lets us in first by their order.

        UnreachableError names the step that failed at the last one, and a hint.
        """
        try:
            self._loop().run(self._knock())
        except BaseException:
            self.close()
            raise

    def deliver(
        self, messages: Iterator[Message], recorder: Recorder, stop: Callable[[], bool]
    ) -> None:
        """Send the messages; return when each one pulled has its answer.

        A message is pulled when a connection can take it, so there are never more than two a
        connection under way. Pulling ends with the iterator, when `stop()` is true, and before
        an error is raised: UnreachableError when no connection can be had any more, or when every
        server refuses our sender; whatever `messages`, `recorder`, `stop` or a gate raised.
        """
        send_queue = SendQueue(messages, recorder, stop)
        try:
            # What the log lines of this delivery are about is bound by whoever calls.
            self._loop().run(self._deliver(send_queue), context=copy_context())
        finally:
            if not send_queue.finished.is_set():  # Ctrl-C
                self._interrupt(send_queue)
        if send_queue.failure is not None:
            raise send_queue.failure

    def offer_sender(self, sender: str) -> dict[str, Reply | UnreachableError]:
        """Return what each server says to mail from this sender, by `host:port`; nothing is sent.

        On connections of their own. An error names the step that failed, and a hint.
        """
        return asyncio.run(self._offer_sender(sender))

    def close(self) -> None:
        """Say QUIT on every connection; afterwards the relay may be opened again."""
        for server in self._servers:
            server.close_gate()
        if self._runner is None:
            return
        self._runner.run(self._say_goodbye())
        self._runner.close()
        self._runner = None
        for slot in self._slots():
            slot.connection, slot.connecting, slot.rests_until = None, None, 0.0

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _loop(self) -> asyncio.Runner:
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner

    async def _knock(self) -> None:
        trouble: HandshakeError | None = None
        for server in sorted(self._servers, key=lambda each: each.stands_in):
            try:
                await server.lane_of(server.slots[0])
            except HandshakeError as exc:
                trouble = exc
            else:
                return
        if trouble is not None:
            raise trouble

    async def _offer_sender(self, sender: str) -> dict[str, Reply | UnreachableError]:
        found: dict[str, Reply | UnreachableError] = {}
        for server in self._servers:
            try:
                found[server.place] = await server.offer_sender(sender, self._timeout_seconds)
            except UnreachableError as exc:
                found[server.place] = exc
        return found

    async def _deliver(self, send_queue: SendQueue) -> None:
        for _ in range(3):  # turns of the loop in which connections closed meanwhile are noticed
            await asyncio.sleep(0)
        taps = {server: server.tap(send_queue) for server in self._servers}
        crew = _Crew(taps, send_queue)
        crew.start()
        watch = asyncio.create_task(self._watch(send_queue))
        try:
            await send_queue.finished.wait()
        finally:
            for tap in taps.values():
                tap.close()
            watch.cancel()
            await asyncio.gather(watch, crew.dismiss(), return_exceptions=True)

    async def _watch(self, send_queue: SendQueue) -> None:
        """Look now and then for silent servers and for the caller's wish to stop.

        While a database keeps us waiting nobody listens to the servers. What they said meanwhile
        is still to be read, so that time is not counted as their silence.
        """
        pause, clock = min(1.0, self._timeout_seconds / 4), asyncio.get_running_loop().time
        looked_at = clock()
        while not send_queue.finished.is_set():
            await asyncio.sleep(pause)
            listened, looked_at = min(clock() - looked_at, 2 * pause), clock()
            for connection in self._lanes():
                connection.check(listened)
            send_queue.check_stop()

    def _slots(self) -> list[Slot]:
        return [slot for server in self._servers for slot in server.slots]

    def _lanes(self) -> list[Connection]:
        return [connection for server in self._servers for connection in server.lanes()]

    def _interrupt(self, send_queue: SendQueue) -> None:
        """Give every message its answer although the delivery is not brought to its end."""
        reason = "the delivery was interrupted"
        send_queue.fail(InterruptedError(reason))
        for connection in self._lanes():
            connection.break_off(reason)

    async def _say_goodbye(self) -> None:
        connecting = [slot.connecting for slot in self._slots() if slot.connecting is not None]
        for task in connecting:
            task.cancel()
        connected = await asyncio.gather(*connecting, return_exceptions=True)
        lanes = self._lanes() + [
            connection for connection in connected if isinstance(connection, Connection)
        ]
        for connection in lanes:
            connection.quit()
        if lanes:
            waits = [asyncio.create_task(connection.gone.wait()) for connection in lanes]
            await asyncio.wait(waits, timeout=GOODBYE_SECONDS)
        for connection in lanes:
            connection.break_off("we have closed the connection")
        for _ in range(3):  # turns of the loop in which transports that were closed end
            await asyncio.sleep(0)


class _Crew:
    """Who works at one handover: the slots of the servers, then those of the stand-ins."""

    def __init__(self, taps: dict[Server, Tap], send_queue: SendQueue) -> None:
        self._taps = taps
        self._send_queue = send_queue
        self._reserve = [server for server in taps if server.stands_in]
        self._working = 0
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Set the servers to work that need not rest; all of them, if all need it."""
        regular = [server for server in self._taps if not server.stands_in]
        ready = {server: server.ready() for server in self._taps}
        if not any(ready[server] for server in regular):
            regular = [server for server in self._reserve if ready[server]] or regular
            self._reserve = [server for server in self._reserve if server not in regular]
        for server in regular:
            self._set_to_work(server, ready[server])
        if not self._working:
            for server in self._taps:
                self._set_to_work(server, server.slots)

    async def dismiss(self) -> None:
        """Let nobody work any longer."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # Where a task was cancelled refers to us: else a whole batch waits for the collector.
        self._tasks.clear()

    def _set_to_work(self, server: Server, slots: Sequence[Slot]) -> None:
        self._working += len(slots)
        for slot in slots:
            self._tasks.append(asyncio.create_task(self._work(server, slot)))

    async def _work(self, server: Server, slot: Slot) -> None:
        """Keep a slot at work; when the last one gives up, stand-ins follow, or all has failed."""
        hopeless: UnreachableError | None = None
        try:
            hopeless = await server.serve(slot, self._taps[server])
        except Exception as exc:  # a mistake of ours: it has to come out of deliver()
            self._send_queue.fail(exc)
        self._working -= 1
        if hopeless is None or self._working:
            return
        reserve, self._reserve = self._reserve, []
        for each in reserve:
            self._set_to_work(each, each.slots)
        if not reserve:
            self._send_queue.fail(hopeless)


def share_out(urls: Sequence[SmtpUrl], connections: int) -> list[int]:
    """Divide connections by weight, at least one each; a stand-in gets as many as all others.

    A server whose address names a number gets that number.
    """
    total = sum(url.limits.weight for url in urls)
    return [
        url.limits.connections
        or (connections * url.limits.weight // total if url.limits.weight else connections)
        or 1
        for url in urls
    ]


def _tls(url: SmtpUrl, ca_file: Path | None) -> ssl.SSLContext | None:
    """Verifies certificate and host name (RFC 8314); None for a plain connection."""
    if url.scheme == "smtp":
        return None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as exc:
        raise SettingsError(
            f"DIGEST_SMTP_CA_FILE cannot be used: {ca_file}: {exc}",
            hint="it must hold certificates in PEM form",
        ) from None
