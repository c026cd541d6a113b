"""Rounds: whoever asks for the same thing at the same time is answered by one transaction.

What a transaction costs, above all to have it on disk, is then paid once for all of them, and each
is answered when it is on disk, as before. A round begins as soon as the one before it is over, with
all who wait by then: nobody waits for company.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Generic, NamedTuple, Self, TypeVar

from sqlalchemy.orm import Session

from digest.errors import DigestError, LockedError, SchemaError, UnreachableError

MOST = 64  # requests in a round
LOCK_SECONDS = 1.0  # that a round waits for a row which somebody else holds
LOCK_AGAIN_SECONDS = 0.05  # that its halves do: all of them have waited
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
_log = logging.getLogger(__name__)


class _Waiting(NamedTuple, Generic[Asked, Answer]):
    asked: Asked
    answer: "asyncio.Future[Answer]"
    loop: asyncio.AbstractEventLoop


class Rounds(Generic[Asked, Answer]):
    """Answers requests of one kind; a context, whose end answers what still waits.

    transaction: of a round, `Database.write` or `read`, given how many seconds it may wait for a
    row that others hold (then LockedError). work: answers the requests of a round, in their order;
    an error that it foresees is an answer as well, and changes nothing for the others. most:
    requests in a round; pages are made of their answers one after the other, and others wait. What
    it raises costs one request, too: the halves of the round are done again, each in a transaction
    of its own, down to the one that it was.
    """

    def __init__(
        self,
        transaction: Callable[[float], AbstractContextManager[Session]],
        work: Callable[[Session, Sequence[Asked]], Sequence[Answer | DigestError]],
        name: str,
        *,
        most: int = MOST,
    ) -> None:
        self._transaction = transaction
        self._work = work
        self._name = name
        self._most = most
        self._queue: SimpleQueue[_Waiting[Asked, Answer] | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    async def ask(self, asked: Asked) -> Answer:
        """Return the answer, once its round is committed; raises the error that it is."""
        loop = asyncio.get_running_loop()
        waiting: _Waiting[Asked, Answer] = _Waiting(asked, loop.create_future(), loop)
        self._queue.put(waiting)
        if self._thread is None:
            self._start()
        return await waiting.answer

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                name = f"rounds: {self._name}"
                self._thread = Thread(target=self._run, name=name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        is_open = True
        while is_open:
            first = self._queue.get()
            some = [] if first is None else [first]
            is_open = first is not None
            while is_open and len(some) < self._most:
                try:
                    another = self._queue.get_nowait()
                except Empty:
                    break
                if another is None:
                    is_open = False
                else:
                    some.append(another)
            try:
                self._answer(some)
            except Exception as exc:  # a mistake of ours: nobody waits for ever, and the next go on
                _log.exception("A round failed (%s)", self._name)
                _tell(some, [exc] * len(some))

    def _answer(
        self, some: Sequence[_Waiting[Asked, Answer]], lock_seconds: float = LOCK_SECONDS
    ) -> None:
        """Answer a round, or what is left of one."""
        if not some:
            return
        try:
            with self._transaction(lock_seconds) as session:
                answers = self._work(session, [each.asked for each in some])
        except Exception as exc:
            if len(some) == 1 or _is_for_all(exc):
                _tell(some, [exc] * len(some))
                return
            kind = type(exc).__name__  # what it says may name somebody
            _log.warning("One of %d requests failed (%s): they are done again", len(some), kind)
            patience = LOCK_AGAIN_SECONDS if isinstance(exc, LockedError) else lock_seconds
            self._answer(some[: len(some) // 2], patience)
            self._answer(some[len(some) // 2 :], patience)
            return
        _tell(some, answers)


def _is_for_all(error: Exception) -> bool:
    """Whether it is the database that fails, and no request of the round."""
    return isinstance(error, UnreachableError | SchemaError) and not isinstance(error, LockedError)


def _tell(some: Sequence[_Waiting[Asked, Answer]], answers: Sequence[Answer | Exception]) -> None:
    """Hand the answers over, at once for all who wait in one event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Answer], object]]]
    by_loop = defaultdict(list)
    for each, answer in zip(some, answers, strict=True):
        by_loop[each.loop].append((each.answer, answer))
    for loop, told in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, told)
        except RuntimeError:  # it is closed: nobody waits there any more
            _log.info("%d answers came too late.", len(told))


def _resolve(told: Sequence[tuple["asyncio.Future[Answer]", object]]) -> None:
    for future, answer in told:
        if future.done():  # whoever waited has gone
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)  # type: ignore[arg-type]
