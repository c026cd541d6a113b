"""Where the CPU time of a send goes, part by part.

    python -m benchmarks.parts [--readers 20000]

One process does for every batch what `digest send` does, but one part after the other: lease and
read, choose, compose, hand over (8 connections into the cheap sink), note in the journal, settle.
The last line is the start-up of `digest send`: what it takes for a single reader.
"""

import argparse
import secrets
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import process_time
from typing import TypeVar

from benchmarks.measure import discard_sink
from benchmarks.service import DAY, Service
from digest.delivery import planning
from digest.delivery.batch_run import AHEAD, BatchRun
from digest.delivery.composing import Choice, Composer
from digest.delivery.leasing import LEASE
from digest.delivery.sender import NEVER
from digest.delivery.store import batches, due_deliveries, reasons
from digest.delivery.store.batches import Batch
from digest.delivery.store.journal import Journal
from digest.model import Answer, Message, Reply
from digest.smtp.pool import SmtpPool
from digest.smtp.smtp_url import parse_smtp_url

_READ, _CHOOSE = "lease, read readers", "choose"
_COMPOSE, _HAND_OVER = "compose", "hand over"
_NOTE, _SETTLE = "journal, latency, guard", "decide and settle"
_KEPT = 64  # mails of a batch that are handed over again and again
_OK = Reply(250, "2.0.0 Ok: queued as 4bXyZ12345")
T = TypeVar("T")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=20_000)
    readers = parser.parse_args().readers
    with tempfile.TemporaryDirectory() as folder, discard_sink() as sink:
        run = _Run(Service(Path(folder), readers), sink.port)
        while run.batch():
            pass
        run.close()
        print(f"{run.octets / readers:,.0f} octets a mail")
        for part, seconds in run.seconds.items():
            print(f"{part:32} {seconds / readers * 1e6:8.1f} us")
        print(f"{'together':32} {sum(run.seconds.values()) / readers * 1e6:8.1f} us")
    with tempfile.TemporaryDirectory() as folder, discard_sink() as sink:
        start = Service(Path(folder), 1).send(sink.port)
        print(f"{'start-up':32} {start.cpu_ms:8.0f} ms, {start.peak_mb:.0f} MB")


class _Run:
    """A send in parts. seconds: of CPU, by part; octets: of all bodies."""

    def __init__(self, service: Service, port: int) -> None:
        self._service, self._app = service, service.app
        self._folder = service.folder / "journals"
        self._edition = self._app.editions.open(DAY)
        planning.plan(self._app.database, self._edition)
        self._composer: Composer = self._app.composing.composer(self._edition)
        self._relay = SmtpPool([parse_smtp_url(f"smtp://127.0.0.1:{port}")], connections=8)
        self._relay.open()
        self.seconds = dict.fromkeys((_READ, _CHOOSE, _COMPOSE, _HAND_OVER, _NOTE, _SETTLE), 0.0)
        self.octets = 0

    def batch(self) -> bool:
        """Do one batch; False when there is none."""
        taken = self._timed(_READ, self._take)
        if taken is None:
            return False
        batch, dues = taken
        choices = self._timed(_CHOOSE, lambda: self._composer.choose(dues, {}))
        messages: list[Message] = []
        for start in range(0, len(choices), AHEAD):  # as a send does; a few mails are kept
            row = choices[start : start + AHEAD]
            made = self._timed(_COMPOSE, partial(self._compose, row))
            self.octets += sum(len(message.body) for message in made)
            messages += made if start < _KEPT else messages[: len(row)]
        self._timed(_HAND_OVER, lambda: self._hand_over(messages))
        journal = Journal(self._folder, batch.lease)
        run = self._run(batch, choices, journal)
        keys = [choice.due.subscriber_id for choice in choices]
        named = [message._replace(key=key) for message, key in zip(messages, keys, strict=True)]
        self._timed(_NOTE, lambda: _note(run, named))
        self._timed(_SETTLE, lambda: self._settle(batch, run))
        journal.remove()
        return True

    def close(self) -> None:
        """Say goodbye to the sink."""
        self._relay.close()

    def _timed(self, part: str, work: Callable[[], T]) -> T:
        started = process_time()
        done = work()
        self.seconds[part] += process_time() - started
        return done

    def _take(self) -> tuple[Batch, list[due_deliveries.DueDelivery]] | None:
        now, lease = self._app.clock(), secrets.token_hex(16)
        with self._app.database.write() as session:
            batch = batches.lease(
                session, self._edition.id, lease=lease, worker="parts", now=now, length=LEASE
            )
        if batch is None:
            return None
        with self._app.database.read() as session:
            return batch, due_deliveries.due(session, batch, [], now)

    def _compose(self, choices: Sequence[Choice]) -> list[Message]:
        return [self._composer.message(choice) for choice in choices]

    def _hand_over(self, messages: Sequence[Message]) -> None:
        self._relay.deliver(iter(messages), _Nobody(), lambda: False)

    def _run(self, batch: Batch, choices: Sequence[Choice], journal: Journal) -> BatchRun:
        with self._app.database.write() as session:
            wanted = {pick.reason for choice in choices for pick in choice.picks}
            reasons.intern(session, wanted)
            ids = reasons.ids_of(session, wanted)
        return BatchRun(self._service.context(self._composer, journal, batch, ids), choices)

    def _settle(self, batch: Batch, run: BatchRun) -> None:
        now = self._app.clock()
        settled = run.settlements(now=now, uncertain="resend", stale_at=NEVER)
        with self._app.database.write() as session:
            assert batches.settle(session, batch, settled, now=now)


class _Nobody:
    """Takes no notes."""

    def begin(self, message: Message) -> None:
        pass

    def answer(self, _: Message, answer: Answer) -> None:
        assert answer == Reply(250, "2.0.0 Ok")


def _note(run: BatchRun, messages: Sequence[Message]) -> None:
    for message in messages:
        run.begin(message)
        run.answer(message, _OK)


if __name__ == "__main__":
    main()
