"""Read a reply, and understand it as the answer of its reader."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email import policy
from email.parser import BytesHeaderParser
from itertools import chain

from digest.ground.tokens.claims import Claim
from digest.intake.incoming import Incoming
from digest.intake.rules.automatic import why_automatic
from digest.model import Subscriber
from digest.replies.bodies import read_written
from digest.replies.grammar import Grammar
from digest.replies.own_words import paragraphs
from digest.replies.understanding import Understood, understand
from digest.subscribers.update_preferences import today_of

_LONGEST_FIELD = 4096


@dataclass(frozen=True, slots=True)
class ReadReply:
    """A reply as it was read. subscriber_id, edition: of its token; 0 and None without one.

    automatic: why nobody meant it; empty when a person may have. paragraphs: its own lines.
    name: of the sender, as they call themselves. digest: of all octets.
    """

    subscriber_id: int
    edition: date | None
    automatic: str
    paragraphs: tuple[tuple[str, ...], ...]
    name: str
    message_id: str
    digest: str

    @property
    def lines(self) -> list[str]:
        """The own lines."""
        return list(chain.from_iterable(self.paragraphs))


def read_reply(raw: bytes, mail: Incoming, claim: Claim | None) -> ReadReply:
    """Return what a message says. mail: its header as it was read; claim: of its token."""
    written = read_written(raw)
    return ReadReply(
        subscriber_id=claim.subscriber_id if claim else 0,
        edition=claim.edition if claim else None,
        automatic=mail.automatic or why_automatic(_fields(raw)),
        paragraphs=tuple(tuple(one) for one in paragraphs(written.text)),
        name=written.name,
        message_id=written.message_id,
        digest=hashlib.sha256(raw).hexdigest(),
    )


def understood_by(
    reply: ReadReply, reader: Subscriber, topics: Mapping[str, str], papers: int, now: datetime
) -> Understood:
    """Return what a reply says as the answer of a reader to a mail with so many papers."""
    local = reader.address.partition("@")[0].replace(".", " ").replace("_", " ")
    return understood_as(reply, today_of(reader, now), topics, papers, f"{reader.name} {local}")


def understood_as(
    reply: ReadReply, today: date, topics: Mapping[str, str], papers: int, name: str = ""
) -> Understood:
    """Return what a reply says on a date. name: of its reader, beside what the sender is called."""
    names = f"{reply.name} {name}".casefold().split()
    return understand(reply.paragraphs, Grammar(today, topics), papers=papers, names=names)


def _fields(raw: bytes) -> dict[str, str]:
    header = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
    return {name.lower(): str(value)[:_LONGEST_FIELD] for name, value in header.items()}
