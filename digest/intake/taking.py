"""Take one mail that came in: see what it is, act on it, store it. Then it may be acknowledged.

Acting twice is harmless (a bounce has a reference, a subscription ends once), so the order is act,
then store: what is killed in between comes again, as nothing was acknowledged.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from digest.dmarc.taking import TakenReports
from digest.errors import InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.database.tables.intake import Fate
from digest.ground.tokens.claims import Claim
from digest.intake.incoming import Incoming, read_mail
from digest.intake.returned.reading import MailKind, Returned, read_return
from digest.intake.store import mails
from digest.intake.tokens import Identify, IdentifyReply, leaver
from digest.model import Feedback
from digest.subscribers import unsubscribe

_NOTHING = {
    MailKind.AUTOMATIC: Fate.AUTOMATIC,
    MailKind.DELAYED: Fate.AUTOMATIC,
    MailKind.DELIVERED: Fate.AUTOMATIC,
    MailKind.FORGED: Fate.FORGED,
}
_TAGGED = re.compile(r"[^\s<>,;@+]{1,64}\+[^\s<>,;@+]{20,64}@[^\s<>,;@]{1,255}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a mail, and why in words without addresses."""

    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Replies:
    """How replies to digests are taken.

    identify: which mail of whom the addresses answer. take: acts on one, given its octets, its
    header and that; twice is harmless.
    """

    identify: IdentifyReply
    take: Callable[[bytes, Incoming, Claim], Receipt]


@dataclass(frozen=True)
class Intake:
    """Takes mail. identify: whose token an address or link has.

    record: called with each piece of feedback, trusted or not; what is not must change no reader.
    The same one may come again. most_kept: of so many mails for a person, the newest, the octets
    are kept. replies: None where none are taken. reports: takes the DMARC reports of a mail, see
    `dmarc.taking.take_report`.
    """

    database: Database
    identify: Identify
    clock: Callable[[], datetime]
    record: Callable[[Feedback], object]
    replies: Replies | None = None
    reports: Callable[[bytes], TakenReports | None] = lambda _raw: None
    most_kept: int = mails.MOST_RAW

    def take(self, raw: bytes, recipients: Sequence[str] = (), *, way: str = "pipe") -> Receipt:
        """Take one mail; it is stored when this returns, unless it was refused.

        recipients: where the server says that it was delivered to. way: how it came, in a word.
        Raises what the database or `record` raises; the mail must come again then.
        """
        try:
            mail = read_mail(raw, recipients)
        except InputError as exc:
            return Receipt(Fate.REFUSED, str(exc))
        answered = self.replies.identify(mail.addressed) if self.replies else None
        # A reply address is seen by whoever is in copy of a reply, so it vouches for no bounce.
        paths = () if answered else mail.addressed
        returned = read_return(raw, paths, self.identify)
        receipt = self._act(raw, mail, returned, answered)
        with self.database.write() as session:
            mails.add(
                session,
                _reference(returned, mail),
                now=self.clock(),
                way=way,
                fate=receipt.fate,
                reason=receipt.reason,
                feedback=[describe(each) for each in returned.feedback],
                raw=raw,
                keep=receipt.fate is Fate.KEPT,
                most_raw=self.most_kept,
            )
        return receipt

    def _act(
        self, raw: bytes, mail: Incoming, returned: Returned, answered: Claim | None
    ) -> Receipt:
        if returned.kind in (MailKind.BOUNCE, MailKind.COMPLAINT):
            return self._record(returned)
        if (taken := self.reports(raw)) is not None:
            return _of_reports(taken)
        if fate := _NOTHING.get(returned.kind):
            return Receipt(fate, f"{returned.why} Nothing was done.")
        if self.replies and answered:
            return self.replies.take(raw, mail, answered)
        subscriber_id = leaver(self.identify, mail.addressed)
        if subscriber_id is None:
            return self._for_nobody(mail, returned)
        if mail.automatic:
            return Receipt(Fate.AUTOMATIC, f"This is {mail.automatic}; nothing was done.")
        return self._unsubscribe(subscriber_id)

    def _record(self, returned: Returned) -> Receipt:
        for each in returned.feedback:
            self.record(each)
        if any(each.trusted for each in returned.feedback):
            return Receipt(Fate.RECORDED, returned.why)
        return Receipt(Fate.KEPT, f"{returned.why} It may be forged, and changes nothing.")

    def _for_nobody(self, mail: Incoming, returned: Returned) -> Receipt:
        """Answer a mail that ends no subscription: one for a person, or to an altered address."""
        tagged = [address for text in mail.addressed for address in _TAGGED.findall(text)]
        if tagged and not any(map(self.identify, tagged)):
            reason = "No address of this mail is one of ours, or it was altered. Nothing was done."
            return Receipt(Fate.FORGED, reason)
        return Receipt(Fate.KEPT, f"{returned.why} It is kept for a person.")

    def _unsubscribe(self, subscriber_id: int) -> Receipt:
        try:
            step = unsubscribe.unsubscribe(self.database, subscriber_id, self.clock())
        except NotFoundError as exc:
            return Receipt(Fate.ALREADY, str(exc))
        if step.changed:
            return Receipt(Fate.UNSUBSCRIBED, f"Subscriber {subscriber_id} is unsubscribed.")
        return Receipt(Fate.ALREADY, f"Subscriber {subscriber_id} was unsubscribed already.")


def _of_reports(taken: TakenReports) -> Receipt:
    """Say what became of DMARC reports; those that cannot be read are kept for a person."""
    if taken.problems:
        return Receipt(Fate.KEPT, " ".join(taken.problems))
    count = taken.new + taken.known
    reports = "a DMARC report" if count == 1 else f"{count} DMARC reports"
    return Receipt(Fate.RECORDED, f"This is {reports}, {taken.new} of them new.")


def describe(feedback: Feedback) -> dict[str, Any]:
    """Return feedback for a program or for storing, without the address that it names."""
    return {
        "kind": feedback.kind.value,
        "source": feedback.source,
        "trusted": feedback.trusted,
        "subscriber": feedback.subscriber_id,
        "edition": feedback.edition.isoformat() if feedback.edition else None,
        "status": feedback.status,
        "words": feedback.words,
        "reference": feedback.reference,
    }


def forget_old(database: Database, now: datetime, keep_days: int) -> int:
    """Delete mails that were stored for so many days; return how many. Again is harmless."""
    with database.write() as session:
        return mails.forget(session, now - timedelta(days=keep_days))


def _reference(returned: Returned, mail: Incoming) -> str:
    """Tell the mail to one address from the same mail to another."""
    to = mail.addressed[0] if mail.addressed else ""
    return hashlib.sha256(f"{returned.reference} {to.lower()}".encode()).hexdigest()
