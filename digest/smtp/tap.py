"""What one server gets of a handover: as much as its limits let through, until it refuses us."""

import asyncio
import re
from collections.abc import Callable
from typing import Protocol

from digest.errors import UnreachableError
from digest.model import Message, Reply
from digest.smtp.send_queue import SendQueue

MOST_SENDER_REFUSALS = 3
_POLICY = re.compile(r"[45]\.7\.\d")


class RateLimiter(Protocol):
    """What a limited server's messages pass, one by one."""

    def __call__(self) -> float:
        """Take one permission to send: 0 when given, else in how many seconds to ask again."""

    def give_back(self) -> None:
        """Take back the permission that was just given: there was no message to send."""

    def close(self) -> None:
        """Keep nothing from others that is not needed; the gate may be asked again afterwards."""


class Tap:
    """One server's end of a handover.

    place: the server's name in errors. gate: None for a server without limits. wake: called when
    a closed gate may be open again. `refused` says why the server gets nothing more, if so.
    """

    def __init__(
        self,
        send_queue: SendQueue,
        place: str,
        gate: RateLimiter | None,
        wake: Callable[["Tap"], None],
    ) -> None:
        self.refused: UnreachableError | None = None
        self.begin = send_queue.begin
        self.answer = send_queue.answer
        self.put_back = send_queue.put_back
        self._send_queue = send_queue
        self._place = place
        self._gate = gate
        self._wake = wake
        self._waiting: asyncio.TimerHandle | None = None
        self._sender_refusals = 0

    @property
    def has_work(self) -> bool:
        """Whether a lane might get a message now, or when the gate opens."""
        return self.refused is None and self._send_queue.has_work

    def pull(self) -> Message | None:
        """Return a message to send now; None when there is none, or none is let through."""
        if self.refused is not None or self._waiting is not None:
            return None
        if self._gate is None or not self._send_queue.has_work:
            return self._send_queue.pull()
        try:
            wait = self._gate()
        except Exception as exc:
            self._send_queue.fail(exc)
            return None
        if wait > 0:
            self._waiting = asyncio.get_running_loop().call_later(wait, self._go_on)
            return None
        message = self._send_queue.pull()
        if message is None:  # only who asks for the next one learns that there is none
            self._gate.give_back()
        return message

    def answer_from_server(self, message: Message, reply: Reply) -> None:
        """Record a reply; when it shows that our sender is refused, take no more."""
        if reply.command == "MAIL":
            self._sender_refusals += reply.code >= 500
            if self._sender_refusals >= MOST_SENDER_REFUSALS or _POLICY.match(reply.text):
                self.refused = self.refused or _sender_refused(self._place, message, reply)
        else:
            self._sender_refusals = 0
        self.answer(message, reply)

    def close(self) -> None:
        """Wake nobody any more: the handover is over."""
        if self._waiting is not None:
            self._waiting.cancel()

    def _go_on(self) -> None:
        self._waiting = None
        self._wake(self)


def _sender_refused(place: str, message: Message, reply: Reply) -> UnreachableError:
    return UnreachableError(
        f"the relay {place} refuses our sender {message.sender}: {reply}",
        hint="check DIGEST_SENDER, DIGEST_BOUNCE_ADDRESS, DIGEST_VERP, and who logs in",
    )
