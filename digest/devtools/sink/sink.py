"""A local SMTP server that keeps every message and shows it, for tests and for a first look.

It speaks to real clients over real sockets, refuses what a strict server refuses (lines over 998
octets, bare LF, messages over the announced size), and misbehaves on demand.
"""

import asyncio
import socket
import threading
import weakref
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from ssl import SSLContext
from typing import Self

from digest.devtools.sink.held_folder import held_folder
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.session import SinkSession, Terms
from digest.devtools.sink.spool import Envelope, Received, Spool
from digest.errors import UnreachableError

STOP_SECONDS = 10.0


class Sink:
    """An SMTP server in a thread of its own; a context manager.

    port:         0 takes a free one; read it from `port` or `url` once started.
    directory:    where messages are written too (see `spool`), one running sink's alone; None:
                  memory only.
    misbehaviour: whom to refuse, drop or keep waiting; may be replaced while running.
    tls_context:  a server context; offers STARTTLS, or wraps every connection if `implicit_tls`.
    credentials:  user -> password; when given, MAIL needs AUTH (PLAIN or LOGIN) first.
    keep:         how many messages stay in memory.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        directory: Path | None = None,
        misbehaviour: Misbehaviour | None = None,
        tls_context: SSLContext | None = None,
        require_starttls: bool = False,
        implicit_tls: bool = False,
        credentials: Mapping[str, str] | None = None,
        pipelining: bool = True,
        max_bytes: int = 33_554_432,
        keep: int = 10_000,
    ) -> None:
        self.host = host
        self.port = port
        self.misbehaviour = misbehaviour or Misbehaviour()
        self._terms = Terms(
            hostname="sink.localhost",
            max_bytes=max_bytes,
            pipelining=pipelining,
            starttls=None if implicit_tls else tls_context,
            require_starttls=require_starttls,
            implicit_tls=implicit_tls,
            credentials=credentials,
        )
        self._implicit_context = tls_context if implicit_tls else None
        self._directory, self._keep = directory, keep
        self._spool = Spool(keep=keep)
        self._held: ExitStack | None = None
        self._sessions: weakref.WeakSet[SinkSession] = weakref.WeakSet()
        self._connections = 0
        self._running = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where a client finds it, as DIGEST_SMTP_URL wants it (without user and password)."""
        scheme = "smtps" if self._implicit_context else "smtp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}{'+starttls' if self._terms.starttls else ''}://{host}:{self.port}"

    @property
    def messages(self) -> list[Received]:
        """What was accepted, in order: the newest `keep`, those of earlier runs included."""
        return self._spool.messages

    @property
    def accepted(self) -> int:
        """How many messages were accepted since start or clear, kept in memory or not."""
        return self._spool.accepted

    @property
    def connections(self) -> int:
        """How many connections were made since the start."""
        return self._connections

    @property
    def replies(self) -> Mapping[str, str]:
        """Recipient -> the 4xx or 5xx line to answer at RCPT; may be set at any time."""
        return self.misbehaviour.replies

    @replies.setter
    def replies(self, replies: Mapping[str, str]) -> None:
        self.misbehaviour.replies = replies

    def clear(self) -> None:
        """Forget all messages, those in the directory too."""
        self._spool.clear()

    def wait_for(self, count: int, timeout_seconds: float = 10.0) -> list[Received]:
        """Return `messages` once `count` were accepted since start or clear; else TimeoutError."""
        return self._spool.wait_for(count, timeout_seconds)

    def start(self) -> None:
        """Listen, once the folder's messages are read.

        UnreachableError when the address is taken or not ours, InputError when another sink has the
        folder, OSError when it cannot be used.
        """
        with ExitStack() as held:
            if self._directory is not None:
                held.enter_context(held_folder(self._directory))
                self._spool = Spool(self._directory, keep=self._keep)
            listener = listen(self.host, self.port, hint="choose another one with --port")
            self._held = held.pop_all()
        self.port = listener.getsockname()[1]
        self._connections = 0
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._serve(listener),), name="smtp sink", daemon=True
        )
        self._thread.start()
        self._running.wait()

    def stop(self) -> None:
        """Close every connection and the port; harmless when it is not running."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(STOP_SECONDS)
            self._thread = None
        if self._held is not None:
            self._held.close()
            self._held = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        server = await self._loop.create_server(
            self._session, sock=listener, ssl=self._implicit_context
        )
        self._running.set()
        await self._stopping.wait()
        self._running.clear()
        server.close()
        for session in self._sessions:
            session.abort()
        await server.wait_closed()

    def _session(self) -> SinkSession:
        self._connections += 1
        session = SinkSession(
            self._connections, self._terms, lambda: self.misbehaviour, self._accept
        )
        self._sessions.add(session)
        return session

    def _accept(self, envelope: Envelope, data: bytes) -> int:
        return self._spool.add(envelope, data, at=datetime.now(UTC)).id


def listen(host: str, port: int, *, hint: str = "") -> socket.socket:
    """Open a listening socket; UnreachableError, with the hint, when that cannot be done.

    Connections inherit TCP_NODELAY: asyncio sets it only on sockets that name TCP as protocol, and
    without it each pipelined or two-part answer waits about 40 ms for the client's kernel.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=512)
    except OSError as exc:
        raise UnreachableError(
            f"Cannot listen on {host} port {port}: {exc.strerror or exc}", hint=hint
        ) from None
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
