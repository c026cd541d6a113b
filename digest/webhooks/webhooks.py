"""Webhooks as the operator looks after them: made, tried, switched off and on, removed."""

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from digest.errors import ConflictError, InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.webhooks.posting import Poster, parse
from digest.webhooks.rules import signing
from digest.webhooks.rules.news import MEANINGS
from digest.webhooks.rules.retrying import MessageState
from digest.webhooks.rules.webhook import Webhook
from digest.webhooks.store import attempts, messages, webhooks
from digest.webhooks.store.attempts import Attempt

MOST = 20  # webhooks: each event is written once for each
BY_THE_OPERATOR = "by the operator"


@dataclass(frozen=True, slots=True)
class Shown:
    """A webhook with how many of its messages wait and failed, up to `MOST_COUNTED` + 1 each."""

    webhook: Webhook
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Looks after the webhooks of a service. allows_private: whether http may carry addresses."""

    database: Database
    poster: Poster
    allows_private: bool
    clock: Callable[[], datetime]

    def add(self, url: str, news: Collection[str], *, with_addresses: bool) -> tuple[Webhook, str]:
        """Make a webhook; return it and its secret, which nobody can read again.

        news: the types of messages that it gets. InputError for an unknown one, none at all, or an
        address that nothing is sent to; ConflictError when there are too many.
        """
        if unknown := sorted(set(news) - set(MEANINGS)):
            raise InputError(f"{unknown[0]!r} is not one of {', '.join(MEANINGS)}")
        if not news:
            raise InputError("a webhook that is told of nothing does nothing")
        self.poster.check(url)
        if with_addresses and parse(url).scheme != "https" and not self.allows_private:
            raise InputError(
                "addresses of readers go over https only: anybody on the way could read them.",
                hint="DIGEST_WEBHOOKS_ALLOW_PRIVATE=true allows http in your own network",
            )
        secret = secrets.token_bytes(signing.SECRET_BYTES)
        wanted = [one for one in MEANINGS if one in news]
        with self.database.write() as session:
            if len(webhooks.list_all(session)) >= MOST:
                raise ConflictError(f"there are {MOST} webhooks already", hint="remove one")
            made = webhooks.add(
                session, url, wanted, secret, with_addresses=with_addresses, now=self.clock()
            )
            return existing(session, made), signing.shown(secret)

    def list_all(self) -> list[Shown]:
        """Return all webhooks, the oldest first."""
        with self.database.read() as session:
            return [_shown(session, one) for one in webhooks.list_all(session)]

    def get(self, webhook_id: int) -> Shown:
        """Return a webhook; NotFoundError when there is none."""
        with self.database.read() as session:
            return _shown(session, existing(session, webhook_id))

    def disable(self, webhook_id: int) -> bool:
        """Tell a webhook nothing more; what waits for it waits on. False when that is so already.

        NotFoundError when there is none.
        """
        with self.database.write() as session:
            existing(session, webhook_id)
            return webhooks.disable(session, webhook_id, BY_THE_OPERATOR, self.clock())

    def enable(self, webhook_id: int) -> bool:
        """Let a webhook be told again. False when that is so already; errors as for `disable`."""
        with self.database.write() as session:
            existing(session, webhook_id)
            return webhooks.enable(session, webhook_id)

    def remove(self, webhook_id: int) -> None:
        """Delete a webhook, what waits for it, and the log of its attempts.

        NotFoundError when there is none.
        """
        with self.database.write() as session:
            existing(session, webhook_id)
            webhooks.remove(session, webhook_id)

    def attempts(self, webhook_id: int, *, before: int | None = None, limit: int) -> list[Attempt]:
        """Return attempts of a webhook, the newest first; before: the last id of the page before.

        NotFoundError when there is none.
        """
        with self.database.read() as session:
            existing(session, webhook_id)
            return attempts.page(session, webhook_id, before=before, limit=limit)

    def resend(self, webhook_id: int, message_ids: Sequence[str] | None) -> int:
        """Queue messages again, with the same ids; return how many.

        message_ids: which; None for all that failed. NotFoundError when there is no such webhook,
        or none of these messages; those about erased readers are not sent again.
        """
        with self.database.write() as session:
            existing(session, webhook_id)
            count = messages.send_again(session, webhook_id, message_ids)
            if message_ids is not None and not count:
                raise NotFoundError(
                    "No such message is settled and can be sent again.",
                    hint=f"digest webhooks attempts {webhook_id}",
                )
            return count


def existing(session: Session, webhook_id: int) -> Webhook:
    """Return a webhook; NotFoundError when there is none."""
    found = webhooks.get(session, webhook_id)
    if found is None:
        raise NotFoundError(f"There is no webhook {webhook_id}.", hint="digest webhooks list")
    return found


def tidy(database: Database, keep_days: int, now: datetime) -> int:
    """Delete messages that were settled so many days ago, with their attempts; return how many.

    keep_days: 0 means for ever. Secrets are wrapped by the newest secret key.
    """
    with database.read() as session:
        is_current = webhooks.is_wrapped_anew(session)
    with database.write() as session:
        if not is_current:
            webhooks.wrap_anew(session)
        return messages.forget_settled(session, now - timedelta(days=keep_days)) if keep_days else 0


def _shown(session: Session, found: Webhook) -> Shown:
    waiting, failed = (
        webhooks.count(session, found.id, state)
        for state in (MessageState.WAITING, MessageState.FAILED)
    )
    return Shown(found, waiting, failed)
