"""Read the links of mails, those of many readers at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from digest.errors import LinkError
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.nonces import Binding
from digest.model import Subscriber
from digest.subscribers.store import subscribers


@dataclass(frozen=True, slots=True)
class Opened:
    """Whom a link names, and the edition that it does, if any."""

    subscriber: Subscriber
    edition: date | None


def open_all(
    session: Session,
    links: LinkSigner,
    asked: Sequence[tuple[Purpose, str]],
    *,
    lock: bool = False,
) -> list[Opened | LinkError]:
    """Read links (at most ~1,000): purpose and token of each; return whom each names.

    LinkError for one that is altered, of another purpose, or not (any more) of whoever has the id.
    lock: nobody else changes these readers until the transaction ends.
    """
    named = {links.named(purpose, token) for purpose, token in asked} - {None}
    bound = subscribers.bound(session, [one for one in named if one is not None], lock=lock)

    def binding(subscriber_id: int) -> Binding | None:
        return bound[subscriber_id][1] if subscriber_id in bound else None

    found: list[Opened | LinkError] = []
    for purpose, token in asked:
        try:
            claim = links.read(purpose, token, binding)
        except LinkError as exc:
            found.append(exc)
        else:
            found.append(Opened(bound[claim.subscriber_id][0], claim.edition))
    return found
