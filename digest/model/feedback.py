"""What a mail server, or a reader's provider, says of a mail of ours after it was sent."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class FeedbackKind(StrEnum):
    """What a piece of feedback means for the reader."""

    HARD = "hard"  # the mailbox does not exist, or never takes mail
    SOFT = "soft"  # it may take mail another time: full, greylisted, its server is down
    BLOCKED = "blocked"  # it is about us, not about the reader: a block list, SPF, our content
    COMPLAINT = "complaint"  # the reader called the mail spam


@dataclass(frozen=True, slots=True)
class Feedback:
    """One bounce or complaint, as it came from the relay, a returned mail or a provider.

    source: who said it, in a word ("rcpt", "dsn", "arf", "ses" and the like).
    subscriber_id, edition: whose mail it was, as a signed token tells; None where none did.
    address: whom the feedback names, normalised; empty when it names nobody.
    trusted: a signature of ours or of the provider vouches for it. What nobody vouches for may
    be forged, and harms no reader.
    status: the enhanced status code (RFC 3463), such as "5.1.1"; empty when there is none.
    words: what was said, one line without addresses, of at most 500 characters.
    reference: tells this feedback from every other, so that the same one counts once.
    """

    kind: FeedbackKind
    source: str
    reference: str
    subscriber_id: int | None = None
    edition: date | None = None
    address: str = ""
    trusted: bool = False
    status: str = ""
    words: str = ""
