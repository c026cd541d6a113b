"""One call of `SmtpPool.deliver`: its messages are pulled, put back, and answered once each."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from digest.model import Answer, Message, Unreachable

MOST_BROKEN_CONNECTIONS = 3


class Recorder(Protocol):
    """What is told what becomes of every message, in the thread that called `deliver`."""

    def begin(self, message: Message) -> None:
        """Note that the first byte of the body is about to be written; at most once a message."""

    def answer(self, message: Message, answer: Answer) -> None:
        """Note what became of a message; once for every message pulled."""


class SendQueue:
    """The messages of one delivery, between the connections and the caller of `deliver`.

    `finished` is set when nothing is left to pull and every message pulled has its answer;
    `failure` then says why the delivery ended early, if it did.
    """

    def __init__(
        self, messages: Iterator[Message], recorder: Recorder, stop: Callable[[], bool]
    ) -> None:
        self.finished = asyncio.Event()
        self.failure: Exception | None = None
        self._messages = messages
        self._recorder = recorder
        self._stop = stop
        self._exhausted = False
        self._outstanding = 0
        self._returned: deque[Message] = deque()
        self._broken_connections: dict[int, int] = {}  # by id() of a message put back

    @property
    def has_work(self) -> bool:
        """Return whether a connection might get a message now."""
        return bool(self._returned) or not self.check_stop()

    def pull(self) -> Message | None:
        """Return a message to send now, None when there is none (any more, or at the moment)."""
        if self._returned:
            return self._returned.popleft()
        if self.check_stop():
            return None
        try:
            message = next(self._messages)
        except StopIteration:
            self._end()
        except Exception as exc:
            self.fail(exc)
        else:
            self._outstanding += 1
            return message
        return None

    def check_stop(self) -> bool:
        """Return whether no more new messages are to be pulled."""
        try:
            if not self._exhausted and self._stop():
                self._end()
        except Exception as exc:
            self.fail(exc)
        return self._exhausted

    def begin(self, message: Message) -> bool:
        """Tell the recorder that a body goes out; False when that could not be noted."""
        try:
            self._recorder.begin(message)
        except Exception as exc:
            self.fail(exc)
            return False
        return True

    def answer(self, message: Message, answer: Answer) -> None:
        """Record what became of a message."""
        self._outstanding -= 1
        if self._broken_connections:
            self._broken_connections.pop(id(message), None)
        try:
            self._recorder.answer(message, answer)
        except Exception as exc:
            self.fail(exc)
        if self._exhausted:
            self._finish_if_done()

    def put_back(self, message: Message, reason: str, *, counts: bool) -> None:
        """Take back a message whose body was not begun, for another connection.

        counts: whether the connection's end is held against the message; the third such end
        makes it Unreachable, so that a message that kills connections cannot go round for ever.
        """
        broken = self._broken_connections.get(id(message), 0) + counts
        self._broken_connections[id(message)] = broken
        if self.failure is not None or broken >= MOST_BROKEN_CONNECTIONS:
            self.answer(message, Unreachable(reason))
        else:
            self._returned.append(message)

    def fail(self, failure: Exception) -> None:
        """Pull no more; what is in flight is finished, what was put back is Unreachable."""
        self.failure = self.failure or failure
        self._exhausted = True
        while self._returned:
            self.answer(self._returned.popleft(), Unreachable(str(failure)))
        self._finish_if_done()

    def _end(self) -> None:
        self._exhausted = True
        self._finish_if_done()

    def _finish_if_done(self) -> None:
        if self._outstanding == 0:
            self.finished.set()
