"""Deliver what waits for webhooks, in any number of processes at once, at least once each."""

import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from digest.errors import NotFoundError, SettingsError
from digest.ground.database.engine import Database
from digest.model import DeliveryState
from digest.webhooks.posting import Poster
from digest.webhooks.rules import signing
from digest.webhooks.rules.news import News, Told, body, stamp
from digest.webhooks.rules.retrying import (
    FAILURES_IN_A_ROW,
    REST,
    MessageState,
    Reply,
    Verdict,
    judge,
)
from digest.webhooks.store import messages, rounds, telling, webhooks
from digest.webhooks.store.messages import WaitingMessage
from digest.webhooks.webhooks import existing

AT_ONCE = 5  # messages in a lease
LEASE = timedelta(minutes=5)  # longer than so many take, and nobody knows of them meanwhile
_WEBHOOKS_AT_ONCE = 4  # so that a slow receiver holds up no other
States = Callable[[Session, int], Mapping[DeliveryState, int]]


@dataclass(frozen=True, slots=True)
class _Target:
    id: int
    url: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """Everything that delivering needs. states: counts an edition's deliveries by state."""

    database: Database
    poster: Poster
    states: States
    clock: Callable[[], datetime]

    def drain(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Deliver all that is due; return how many messages arrived.

        What a killed process had begun is sent again, with the same id, once its lease has run out.
        """
        self._tell_settled()
        with self.database.read() as session:
            due = webhooks.due(session, self.clock())
        if not due:
            return 0
        with ThreadPoolExecutor(_WEBHOOKS_AT_ONCE, thread_name_prefix="webhook") as threads:
            return sum(threads.map(lambda one: self._drain_one(one, stop), due))

    def test(self, webhook_id: int) -> Reply:
        """Send a test message at once, also to a disabled webhook; log it, and try it only once.

        NotFoundError when there is none; SettingsError when its secret cannot be unwrapped.
        """
        lease, now = secrets.token_hex(16), self.clock()
        told = Told(News.TEST, {"webhook": webhook_id})
        with self.database.write() as session:
            target = self._target(session, webhook_id)
            message = messages.add_leased(session, webhook_id, told, lease, now + LEASE, now)
        reply = self._send(target, message)
        state = MessageState.FAILED if reply.problem else MessageState.DELIVERED
        with self.database.write() as session:
            messages.settle(
                session, webhook_id, message, lease, reply, Verdict(state), self.clock()
            )
        return reply

    def _tell_settled(self) -> None:
        """Tell of editions of which all is settled."""
        with self.database.read() as session:
            found = rounds.untold(session)
        for edition_id in found:
            with self.database.write() as session:
                planned_at = rounds.take(session, edition_id)
                if planned_at is not None:
                    states = dict(self.states(session, edition_id))
                    telling.tell_edition(
                        session,
                        News.EDITION_SENT,
                        edition_id,
                        self.clock(),
                        planned_at=stamp(planned_at),
                        deliveries=states,
                    )

    def _drain_one(self, webhook_id: int, stop: Callable[[], bool]) -> int:
        """Deliver what is due for one webhook, until nothing is or it fails too often in a row."""
        lease, arrived, failures = secrets.token_hex(16), 0, 0
        try:
            while not stop() and failures < FAILURES_IN_A_ROW:
                target, leased = self._lease(webhook_id, lease)
                if not leased:
                    break
                for message in leased:
                    if stop() or failures >= FAILURES_IN_A_ROW:
                        break
                    verdict = self._deliver(target, message, lease, failures)
                    if verdict.disables:
                        return arrived
                    is_delivered = verdict.state is MessageState.DELIVERED
                    failures = 0 if is_delivered else failures + 1
                    arrived += is_delivered
        except NotFoundError:
            pass  # it was removed meanwhile, with all that waited
        finally:
            with self.database.write() as session:
                messages.release(session, lease)
        return arrived

    def _lease(self, webhook_id: int, lease: str) -> tuple[_Target, list[WaitingMessage]]:
        with self.database.write() as session:
            target = self._target(session, webhook_id)
            now = self.clock()
            return target, messages.lease(
                session, webhook_id, lease, now=now, length=LEASE, most=AT_ONCE
            )

    def _deliver(
        self, target: _Target, message: WaitingMessage, lease: str, failures: int
    ) -> Verdict:
        """Send a message and record what came of it; return what follows.

        failures: how many messages failed in a row before.
        """
        reply = self._send(target, message)
        now = self.clock()
        with self.database.write() as session:
            since = existing(session, target.id).failing_since
            verdict = judge(reply, message.attempts + 1, since, now)
            messages.settle(session, target.id, message, lease, reply, verdict, now)
            if not reply.problem:
                webhooks.succeeded(session, target.id, now)
                return verdict
            rests = now + REST if failures + 1 >= FAILURES_IN_A_ROW else None
            webhooks.failed(session, target.id, now, rests)
            if verdict.disables:
                webhooks.disable(session, target.id, verdict.disables, now, is_alarming=True)
        return verdict

    def _send(self, target: _Target, message: WaitingMessage) -> Reply:
        payload = body(message.told, message.at, message.address)
        seconds = int(self.clock().timestamp())
        headers = signing.headers(target.secret, message.message_id, seconds, payload)
        return self.poster.post(target.url, headers, payload)

    def _target(self, session: Session, webhook_id: int) -> _Target:
        found = existing(session, webhook_id)
        try:
            return _Target(found.id, found.url, webhooks.secret(session, webhook_id))
        except SettingsError as exc:
            raise SettingsError(
                f"Webhook {webhook_id} cannot be told anything: its secret is stored under a key "
                "of DIGEST_SECRET_KEY that is not there any more.",
                hint=exc.hint,
            ) from None
