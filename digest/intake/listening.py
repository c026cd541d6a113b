"""Take mail by LMTP (RFC 2033) or SMTP (RFC 5321) from the mail server beside us.

Nothing is answered with 250 before it is stored. Nothing is relayed: only addresses that lead here
are taken, at the first word about them.
"""

# ruff: noqa: N802 - methods are named after SMTP commands, as aiosmtpd wants them

import asyncio
import logging
import socket
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from digest.errors import InputError, UnreachableError
from digest.ground.database.tables.intake import Fate
from digest.ground.logs import log_error
from digest.intake.incoming import LARGEST_BYTES
from digest.intake.taking import Receipt

Take = Callable[[bytes, Sequence[str]], Receipt]

MOST_CONNECTIONS, MOST_RECIPIENTS, TIMEOUT_SECONDS = 20, 100, 60
_LONGEST_LINE = 1 << 20  # bounces quote mail whose lines keep to no limit
_STOP_SECONDS = 10.0
_STORED, _NOT_NOW = "250 2.0.0 Stored.", "451 4.3.0 It cannot be stored now; try again later."
_REPLIES = {
    Fate.REFUSED: "554 5.6.0 This is no mail.",
    Fate.FORGED: "550 5.1.1 There is no such address here.",
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen. protocol: "lmtp" or "smtp"; path: of a Unix socket, else host and port."""

    protocol: str
    host: str = ""
    port: int = 0
    path: Path | None = None


def parse_place(text: str) -> Place:
    """Read `lmtp:127.0.0.1:2424`, `lmtp:unix:/run/digest/lmtp` or `smtp:[::1]:2525`.

    InputError for anything else.
    """
    protocol, _, rest = text.partition(":")
    if protocol == "unix":  # LMTP is what mail servers speak over one
        protocol, rest = "lmtp", text
    if protocol in ("lmtp", "smtp") and rest.startswith("unix:/"):
        return Place(protocol, path=Path(rest.removeprefix("unix:")))
    host, _, port = rest.rpartition(":")
    if protocol in ("lmtp", "smtp") and host and port.isdecimal() and int(port) < 65536:
        return Place(protocol, host.strip("[]"), int(port))
    raise InputError(
        f"{text!r} is no place to listen.",
        hint="lmtp:127.0.0.1:2424, or lmtp:unix:/run/digest.sock",
    )


class Listener:
    """A server in a thread of its own; a context in which it listens.

    take: stores a mail for one recipient. is_ours: whether an address leads here.
    """

    def __init__(self, place: Place, take: Take, is_ours: Callable[[str], bool]) -> None:
        self.place = place
        self._commands = _Commands(take, is_ours, each=place.protocol == "lmtp")
        self._sessions: weakref.WeakSet[SMTP] = weakref.WeakSet()
        self._ready = threading.Event()

    @property
    def port(self) -> int:
        """The port, once it listens; 0 for a Unix socket."""
        return 0 if self.place.path else int(self._socket.getsockname()[1])

    def __enter__(self) -> Self:
        """Listen; UnreachableError when the address is taken or not ours."""
        self._socket = _open(self.place)
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._serve(),), name="intake", daemon=True
        )
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """Take no other connection; let a mail that is being stored be answered."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_STOP_SECONDS)
        if self.place.path:
            self.place.path.unlink(missing_ok=True)

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        make = self._loop.create_unix_server if self.place.path else self._loop.create_server
        server = await make(self._session, sock=self._socket)
        self._ready.set()
        await self._stopping.wait()
        server.close()
        await self._commands.finish()
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()

    def _session(self) -> SMTP:
        open_now = sum(each.transport is not None for each in self._sessions)
        kind = _LmtpSession if self.place.protocol == "lmtp" else _SmtpSession
        session = kind(self._commands, full=open_now >= MOST_CONNECTIONS)
        self._sessions.add(session)
        return session


class _SmtpSession(SMTP):
    """One connection. full: there are too many, so it is told to come back later."""

    line_length_limit = _LONGEST_LINE

    def __init__(self, commands: "_Commands", *, full: bool) -> None:
        super().__init__(
            commands,
            data_size_limit=LARGEST_BYTES,
            enable_SMTPUTF8=True,
            hostname="digest.intake",
            ident="digest intake",
            timeout=TIMEOUT_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        self._full = full

    async def push(self, status: str | bytes) -> None:
        """Send a reply; whoever is one too many gets 421 and no more (RFC 5321, section 3.8)."""
        text = status if isinstance(status, str) else status.decode()
        await super().push(
            "421 4.3.2 Too many connections; try again later." if self._full else text
        )
        if self._full and self.transport is not None:
            self.transport.close()


class _LmtpSession(LMTP, _SmtpSession):
    """One LMTP connection: after the data comes a reply for each recipient (RFC 2033, 4.2)."""

    _awaited = 0

    async def smtp_DATA(self, arg: str) -> None:
        """Take a mail; what aiosmtpd refuses by itself is said once for each recipient, too."""
        self._awaited = len(self.envelope.rcpt_tos) if self.envelope else 0
        await super().smtp_DATA(arg)
        self._awaited = 0

    async def push(self, status: str | bytes) -> None:
        """Send a reply, as often as the client waits for it."""
        text = status if isinstance(status, str) else status.decode()
        if self._awaited > 1 and "\r\n" not in text and text.startswith(("500 Line", "552")):
            text = "\r\n".join([text] * self._awaited)
        await super().push(text)


class _Commands:
    """What aiosmtpd asks. each: whether the data is answered for each recipient."""

    def __init__(self, take: Take, is_ours: Callable[[str], bool], *, each: bool) -> None:
        self._take, self._is_ours, self._each = take, is_ours, each
        self._at_work: set[asyncio.Future[Any]] = set()

    async def handle_RCPT(
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Take an address that leads here."""
        if not self._is_ours(address):
            return "550 5.7.1 That address does not lead here, and nothing is relayed."
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients; send it to the others afterwards."
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:
        """Store the mail for every recipient, then answer."""
        work = asyncio.ensure_future(
            asyncio.to_thread(self._store, envelope.original_content, list(envelope.rcpt_tos))
        )
        self._at_work.add(work)
        try:
            replies = await asyncio.shield(work)
        finally:
            self._at_work.discard(work)
        return "\r\n".join(replies) if self._each else _gravest(replies)

    async def finish(self) -> None:
        """Wait for what is being stored, and a moment for its answer to leave."""
        if self._at_work:
            await asyncio.wait(self._at_work)
            await asyncio.sleep(0.1)

    def _store(self, raw: bytes, recipients: Sequence[str]) -> list[str]:
        return [self._answer(raw, recipient) for recipient in recipients]

    def _answer(self, raw: bytes, recipient: str) -> str:
        try:
            receipt = self._take(raw, [recipient])
        except Exception as exc:  # whatever it is: the server keeps the mail and comes again
            log_error(_log, "A mail that came in could not be stored", exc)
            return _NOT_NOW
        return _REPLIES.get(receipt.fate, _STORED)


def _gravest(replies: Sequence[str]) -> str:
    """SMTP has one answer for all: again later if one has to wait; refused if all are."""
    if _NOT_NOW in replies:
        return _NOT_NOW
    return _STORED if _STORED in replies else replies[0]


def _open(place: Place) -> socket.socket:
    try:
        if place.path is not None:
            return _open_path(place.path)
        family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
        return socket.create_server((place.host, place.port), family=family)
    except OSError as exc:
        where = place.path or f"{place.host} port {place.port}"
        raise UnreachableError(
            f"Cannot listen on {where}: {exc.strerror or exc}", hint="choose another place"
        ) from None


def _open_path(path: Path) -> socket.socket:
    """Open a Unix socket that every user may write to who may enter its folder."""
    if path.is_socket():  # left by a run that was killed
        path.unlink()
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
