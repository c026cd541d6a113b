"""The pool: connections to one or more mail servers, and what happens when one fails."""

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
from digest.smtp.handshake import Handshake, HandshakeError
from digest.smtp.send_queue import Recorder, SendQueue
from digest.smtp.server import RateLimiter, Server, Slot
from digest.smtp.smtp_url import SmtpUrl

__all__ = ["RateLimiter", "Recorder", "SmtpPool"]

RETRY_WAITS_SECONDS = (0.5, 2.0, 8.0)
GOODBYE_SECONDS = 3.0


class SmtpPool:
    """Sends messages through mail servers over `connections` connections that stay open.

    urls: the servers; each gets its share of the connections by its weight, or the number that
    its address names, and at least one. One of weight 0 is a backup: it gets work only when no
    other server can be reached.
    timeout_seconds: for each step of the handshake and each command; the final dot of a message may
    take ten times as long.
    hostname: our name in EHLO, empty for this machine's own.
    ca_file: certificates to trust instead of the system's.
    rate_limiter: makes what a server with rate limits is asked before each message.
    check: told of each connection whether it leads to the built-in sink; what it raises comes out.
    retry_waits_seconds: the waits between attempts to get a working connection, each made up to
    half longer or shorter by chance; after the last one the connection is given up.

    Synchronous, for one thread: the event loop runs only in the calls.
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
        rate_limiter: Callable[[SmtpUrl], RateLimiter | None] = lambda _url: None,
        check: Callable[[SmtpUrl, bool], None] = lambda _url, _is_sink: None,
        retry_waits_seconds: Sequence[float] = RETRY_WAITS_SECONDS,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._servers = [
            Server(
                Handshake(
                    url, hostname, timeout_seconds, allow_plain_auth, _tls(url, ca_file), check
                ),
                count,
                rate_limiter=rate_limiter(url),
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
            self._loop().run(self._connect_first())
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
        server refuses our sender; whatever `messages`, `recorder`, `stop` or a rate limiter raised.
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
            server.release_permissions()
        if self._runner is None:
            return
        self._runner.run(self._say_goodbye())
        self._runner.close()
        self._runner = None
        for slot in self._slots():
            slot.connection, slot.connecting, slot.unusable_until = None, None, 0.0

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

    async def _connect_first(self) -> None:
        failure: HandshakeError | None = None
        for server in sorted(self._servers, key=lambda each: each.is_backup):
            try:
                await server.connect(server.slots[0])
            except HandshakeError as exc:
                failure = exc
            else:
                return
        if failure is not None:
            raise failure

    async def _offer_sender(self, sender: str) -> dict[str, Reply | UnreachableError]:
        found: dict[str, Reply | UnreachableError] = {}
        for server in self._servers:
            try:
                found[server.place] = await server.offer_sender(sender, self._timeout_seconds)
            except UnreachableError as exc:
                found[server.place] = exc
        return found

    async def _deliver(self, send_queue: SendQueue) -> None:
        for _ in range(3):  # rounds of the loop in which connections closed meanwhile are noticed
            await asyncio.sleep(0)
        for server in self._servers:
            server.begin_delivery(send_queue)
        workers = _Workers(self._servers, send_queue)
        workers.start()
        watch = asyncio.create_task(self._watch(send_queue))
        try:
            await send_queue.finished.wait()
        finally:
            for server in self._servers:
                server.end_delivery()
            watch.cancel()
            await asyncio.gather(watch, workers.cancel(), return_exceptions=True)

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
            for connection in self._connections():
                connection.check(listened)
            send_queue.check_stop()

    def _slots(self) -> list[Slot]:
        return [slot for server in self._servers for slot in server.slots]

    def _connections(self) -> list[Connection]:
        return [connection for server in self._servers for connection in server.connections()]

    def _interrupt(self, send_queue: SendQueue) -> None:
        """Give every message its answer although the delivery is not brought to its end."""
        reason = "the delivery was interrupted"
        send_queue.fail(InterruptedError(reason))
        for connection in self._connections():
            connection.break_off(reason)

    async def _say_goodbye(self) -> None:
        connecting = [slot.connecting for slot in self._slots() if slot.connecting is not None]
        for task in connecting:
            task.cancel()
        connected = await asyncio.gather(*connecting, return_exceptions=True)
        connections = self._connections() + [
            one for one in connected if isinstance(one, Connection)
        ]
        for connection in connections:
            connection.quit()
        if connections:
            waits = [asyncio.create_task(connection.gone.wait()) for connection in connections]
            await asyncio.wait(waits, timeout=GOODBYE_SECONDS)
        for connection in connections:
            connection.break_off("we have closed the connection")
        for _ in range(3):  # rounds of the loop in which transports that were closed end
            await asyncio.sleep(0)


class _Workers:
    """The tasks of one delivery, one for each slot: of the servers, then of the backups."""

    def __init__(self, servers: Sequence[Server], send_queue: SendQueue) -> None:
        self._servers = servers
        self._send_queue = send_queue
        self._backups = [server for server in servers if server.is_backup]
        self._working = 0
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the servers that are usable; all of them, if none is."""
        regular = [server for server in self._servers if not server.is_backup]
        usable = {server: server.usable_slots() for server in self._servers}
        if not any(usable[server] for server in regular):
            regular = [server for server in self._backups if usable[server]] or regular
            self._backups = [server for server in self._backups if server not in regular]
        for server in regular:
            self._start(server, usable[server])
        if not self._working:
            for server in self._servers:
                self._start(server, server.slots)

    async def cancel(self) -> None:
        """Stop all tasks."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # Where a task was cancelled refers to us: else a whole batch waits for the collector.
        self._tasks.clear()

    def _start(self, server: Server, slots: Sequence[Slot]) -> None:
        self._working += len(slots)
        for slot in slots:
            self._tasks.append(asyncio.create_task(self._work(server, slot)))

    async def _work(self, server: Server, slot: Slot) -> None:
        """Keep a slot at work; when the last one gives up, start the backups, or fail."""
        hopeless: UnreachableError | None = None
        try:
            hopeless = await server.work(slot, self._send_queue)
        except Exception as exc:  # a mistake of ours: it has to come out of deliver()
            self._send_queue.fail(exc)
        self._working -= 1
        if hopeless is None or self._working:
            return
        backups, self._backups = self._backups, []
        for each in backups:
            self._start(each, each.slots)
        if not backups:
            self._send_queue.fail(hopeless)


def share_out(urls: Sequence[SmtpUrl], connections: int) -> list[int]:
    """Divide connections by weight, at least one each; a backup gets as many as all others.

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
    """Return what verifies certificate and host name (RFC 8314); None for a plain connection."""
    if url.scheme == "smtp":
        return None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as exc:
        raise SettingsError(
            f"DIGEST_SMTP_CA_FILE cannot be used: {ca_file}: {exc}",
            hint="it must hold certificates in PEM form",
        ) from None
