"""Make feedback of what a returned mail says: one word of gravity for each mail that was signed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.bounces.rules.classification import classify
from digest.errors import InputError
from digest.ground.masking import mask_text
from digest.intake.returned.delivery_status import Action, RecipientStatus
from digest.intake.returned.fields import Fields
from digest.intake.returned.signatures import Signature
from digest.model import Feedback, FeedbackKind
from digest.subscribers.rules.addresses import normalise

LONGEST_WORDS = 500
READ_WORDS = 1000  # characters; the patterns that look at them may be quadratic
_GRAVITY = (FeedbackKind.HARD, FeedbackKind.SOFT, FeedbackKind.BLOCKED)


@dataclass(frozen=True, slots=True)
class Reporter:
    """What the feedback of one mail shares. source: "dsn", "arf" or "text"."""

    source: str
    reference: str
    signature: Signature

    def tell(
        self, kind: FeedbackKind, addresses: Sequence[str], status: str = "", words: str = ""
    ) -> tuple[Feedback, ...]:
        """Return one piece for the mail that is signed, else one for each address that is named."""
        named = list(dict.fromkeys(filter(None, map(_normal, addresses))))
        base = Feedback(kind, self.source, self.reference, status=status, words=one_line(words))
        if claim := self.signature.claim:
            return (
                replace(
                    base,
                    reference=f"{self.reference}/{claim.subscriber_id}",  # one mail to two readers
                    subscriber_id=claim.subscriber_id,
                    edition=claim.edition,
                    address=(named or [""])[0],
                    trusted=True,
                ),
            )
        return tuple(
            replace(base, address=address, reference=f"{self.reference}/?{number}")
            for number, address in enumerate(named, 1)
        )

    def tell_statuses(self, statuses: Sequence[RecipientStatus]) -> tuple[Feedback, ...]:
        """Return what failed. A signed mail that reached one of its reader's mailboxes is soft."""
        failed = [each for each in statuses if each.action is Action.FAILED]
        kinds = [kind_of(each) for each in failed]
        if self.signature.claim is None:
            return tuple(
                replace(told, reference=f"{self.reference}/?{number}")
                for number, (kind, each) in enumerate(zip(kinds, failed, strict=True), 1)
                for told in self.tell(kind, [each.address], each.status, each.words)
            )
        kind = min(kinds, key=_GRAVITY.index)
        gravest = failed[kinds.index(kind)]
        if any(each.action not in (Action.FAILED, Action.DELAYED) for each in statuses):
            kind = FeedbackKind.SOFT
        return self.tell(kind, [gravest.address], gravest.status, gravest.words)


def kind_of(status: RecipientStatus) -> FeedbackKind:
    """Return what a failure means for the reader: the mailbox behind theirs is not theirs."""
    kind = classify(status.code, status.status, " ".join(status.words.split())[:READ_WORDS])
    return FeedbackKind.SOFT if status.forwarded and kind is FeedbackKind.HARD else kind


def one_line(words: str) -> str:
    """Return words on one line, without addresses and tokens, of at most 500 characters."""
    return mask_text(" ".join(words.split())[:READ_WORDS])[:LONGEST_WORDS].strip()


def make_reference(fields: Fields, raw: bytes) -> str:
    """Return what tells a mail from every other: 32 hexadecimal digits of Message-ID and body.

    Fields that servers on the way add do not count, so a mail that comes twice has the same one.
    """
    normal = raw.replace(b"\r\n", b"\n")
    body = normal.partition(b"\n\n")[2].rstrip()
    named = "\n".join(fields.get(name) for name in ("message-id", "date", "from", "subject"))
    return hashlib.sha256(named.encode("utf-8", "replace") + b"\0" + body).hexdigest()[:32]


def _normal(address: str) -> str:
    try:
        return normalise(address[:320])
    except InputError:  # a bounce may name what is no address at all
        return ""
