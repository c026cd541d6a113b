"""The pool: several connections to one mail server, and what happens when they break."""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from digest.errors import SettingsError
from digest.mail.handover import Handover, Recorder
from digest.mail.lane import Lane
from digest.mail.probe import offer_sender
from digest.mail.replies import BrokenError
from digest.mail.session import Doorway, HandshakeError
from digest.mail.smtp_url import SmtpUrl
from digest.model import Message, Reply

__all__ = ["Recorder", "Relay"]

RETRY_WAITS_SECONDS = (0.5, 2.0, 8.0)
REST_SECONDS = 300.0
GOODBYE_SECONDS = 3.0
_log = logging.getLogger(__name__)
_jitter = random.SystemRandom()


@dataclass(slots=True, eq=False)
class _Slot:
    """A place for one connection; `rests_until` (loop time) after connecting had been hopeless."""

    lane: Lane | None = None
    connecting: asyncio.Task[Lane] | None = None
    rests_until: float = 0.0


class Relay:
    """Hands messages to one mail server over `connections` connections that stay open.

    timeout_seconds: for each step of the handshake and each command; the final dot of a message
    may take ten times as long. hostname: our name in EHLO, empty for this machine's own.
    ca_file: certificates to trust instead of the system's. max_messages_per_connection: close and
    connect anew after so many, 0 never. retry_waits_seconds: the waits between tries to get a
    connection that works, each made up to half longer or shorter by chance; when they are used up
    the connection is given up. Synchronous, for one thread: the event loop runs only in the calls.
    """

    def __init__(
        self,
        url: SmtpUrl,
        *,
        connections: int = 8,
        timeout_seconds: float = 60,
        hostname: str = "",
        allow_plain_auth: bool = False,
        ca_file: Path | None = None,
        max_messages_per_connection: int = 0,
        retry_waits_seconds: Sequence[float] = RETRY_WAITS_SECONDS,
    ) -> None:
        self._doorway = Doorway(
            url, hostname, timeout_seconds, allow_plain_auth, _tls(url, ca_file)
        )
        self._timeout_seconds = timeout_seconds
        self._most_messages = max_messages_per_connection
        self._waits = retry_waits_seconds
        self._slots = [_Slot() for _ in range(connections)]
        self._runner: asyncio.Runner | None = None

    def open(self) -> None:
        """Connect and log in once; UnreachableError names the step that failed, and a hint."""
        try:
            self._loop().run(self._lane_of(self._slots[0]))
        except BaseException:
            self.close()
            raise

    def deliver(
        self, messages: Iterator[Message], recorder: Recorder, stop: Callable[[], bool]
    ) -> None:
        """Send the messages; return when each one pulled has its answer.

        A message is pulled when a connection can take it, so there are never more than two a
        connection under way. Pulling ends with the iterator, when `stop()` is true, and before
        an error is raised: UnreachableError when no connection can be had any more, or when the
        server refuses our sender; whatever `messages` or `recorder` raised.
        """
        handover = Handover(messages, recorder, stop)
        try:
            # What the log lines of this delivery are about is bound by whoever calls.
            self._loop().run(self._deliver(handover), context=copy_context())
        finally:
            if not handover.finished.is_set():  # Ctrl-C
                self._interrupt(handover)
        if handover.failure is not None:
            raise handover.failure

    def offer_sender(self, sender: str) -> Reply:
        """Return what the server says to mail from this sender, on a connection of its own.

        Nothing is sent. UnreachableError names the step that failed, and a hint.
        """
        return asyncio.run(self._offer_sender(sender))

    def close(self) -> None:
        """Say QUIT on every connection; afterwards the relay may be opened again."""
        if self._runner is None:
            return
        self._runner.run(self._say_goodbye())
        self._runner.close()
        self._runner = None
        self._slots = [_Slot() for _ in self._slots]

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

    async def _connect(self) -> Lane:
        session = await self._doorway.enter()
        lane = Lane(
            session.transport,
            session.offers,
            patience_seconds=self._timeout_seconds,
            most_messages=self._most_messages,
        )
        session.transport.set_protocol(lane)
        return lane

    async def _offer_sender(self, sender: str) -> Reply:
        session = await self._doorway.enter()
        try:
            return await offer_sender(session, sender, self._timeout_seconds)
        except (BrokenError, TimeoutError) as exc:
            raise self._doorway.failure("session", str(exc) or "no reply to MAIL") from None

    async def _deliver(self, handover: Handover) -> None:
        for _ in range(3):  # turns of the loop in which connections closed meanwhile are noticed
            await asyncio.sleep(0)
        crew = self._crew()
        tasks = [asyncio.create_task(self._serve(slot, handover, crew)) for slot in list(crew)]
        tasks.append(asyncio.create_task(self._watch(handover)))
        try:
            await handover.finished.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _crew(self) -> list[_Slot]:
        """The slots to work with: connected ones, and those that need not rest."""
        for slot in self._slots:
            if slot.lane is not None and slot.lane.gone.is_set():
                slot.lane = None
        now = asyncio.get_running_loop().time()
        ready = [slot for slot in self._slots if slot.lane is not None or slot.rests_until <= now]
        return ready or list(self._slots)

    async def _serve(self, slot: _Slot, handover: Handover, crew: list[_Slot]) -> None:
        """Keep one slot at work; when the last one gives up, the handover has failed."""
        hopeless: Exception | None = None
        try:
            await self._keep_working(slot, handover)
        except HandshakeError as exc:
            _log.warning("One connection fewer for %d seconds: %s", REST_SECONDS, exc)
            slot.rests_until = asyncio.get_running_loop().time() + REST_SECONDS
            hopeless = exc
        except Exception as exc:  # a mistake of ours: it has to come out of deliver()
            handover.fail(exc)
        crew.remove(slot)
        if hopeless is not None and not crew:
            handover.fail(hopeless)

    async def _keep_working(self, slot: _Slot, handover: Handover) -> None:
        """Connect, work until the connection is gone, wait, and again; raise what ends that.

        An open connection is never left alone, work or not: it may be handed what another one
        puts back.
        """
        tries = 0  # in a row that led to no connection on which a message was decided about
        while slot.lane is not None or handover.has_work:
            try:
                lane = await self._lane_of(slot)
            except HandshakeError as exc:
                trouble = exc
            else:
                lane.start(handover)
                await lane.gone.wait()
                slot.lane = None
                for idle in self._lanes():  # they may take what this one has put back
                    idle.start(handover)
                if lane.retired or lane.stale or not handover.has_work:
                    continue
                if lane.useful:
                    tries = 0
                trouble = self._doorway.failure("session", lane.reason)
            if trouble.permanent or tries == len(self._waits):
                raise trouble
            await asyncio.sleep(self._waits[tries] * _jitter.uniform(0.5, 1.5))
            tries += 1

    async def _lane_of(self, slot: _Slot) -> Lane:
        """Return the slot's lane, connecting first if there is none.

        The handshake is a task of its own, so that the end of a small handover does not break it
        off: the next handover finds it where it was.
        """
        if slot.lane is None or slot.lane.gone.is_set():
            slot.lane = None
            slot.connecting = slot.connecting or asyncio.create_task(self._connect())
            await asyncio.wait([slot.connecting])
            connecting, slot.connecting = slot.connecting, None
            slot.lane = connecting.result()
        return slot.lane

    async def _watch(self, handover: Handover) -> None:
        """Look now and then for silent servers and for the caller's wish to stop."""
        while not handover.finished.is_set():
            await asyncio.sleep(min(1.0, self._timeout_seconds / 4))
            handover.check_stop()
            for lane in self._lanes():
                lane.check()

    def _lanes(self) -> list[Lane]:
        return [slot.lane for slot in self._slots if slot.lane is not None]

    def _interrupt(self, handover: Handover) -> None:
        """Give every message its answer although the delivery is not brought to its end."""
        reason = "the delivery was interrupted"
        handover.fail(InterruptedError(reason))
        for lane in self._lanes():
            lane.break_off(reason)

    async def _say_goodbye(self) -> None:
        connecting = [slot.connecting for slot in self._slots if slot.connecting is not None]
        for task in connecting:
            task.cancel()
        connected = await asyncio.gather(*connecting, return_exceptions=True)
        lanes = self._lanes() + [lane for lane in connected if isinstance(lane, Lane)]
        for lane in lanes:
            lane.quit()
        if lanes:
            waits = [asyncio.create_task(lane.gone.wait()) for lane in lanes]
            await asyncio.wait(waits, timeout=GOODBYE_SECONDS)
        for lane in lanes:
            lane.break_off("we have closed the connection")


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
