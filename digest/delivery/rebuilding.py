"""Make the mails of a sealed edition again, and compare them with what was handed to the relay."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from digest.delivery.composing import Choice, Composer
from digest.delivery.store import reasons, settled_mails
from digest.delivery.store.due_deliveries import DueDelivery
from digest.delivery.store.settled_mails import SettledMail
from digest.editions.store.editions import OpenEdition
from digest.errors import ComposeError, InputError
from digest.ground.database.engine import Database
from digest.model import Reader, Reason
from digest.render.empty_day import NOTHING_FOR_READER, NOTHING_MATCHES
from digest.seals.rules.hashing import hash_mail


@dataclass(slots=True)
class Rebuilt:
    """How many mails came out byte for byte as they were sent, and which did not.

    differing: subscriber ids. erased: mails whose reader is no longer known.
    """

    same: int = 0
    erased: int = 0
    differing: list[int] = field(default_factory=list)


def rebuild(
    database: Database,
    edition: OpenEdition,
    composer: Composer,
    progress: Callable[[int], None] = lambda _: None,
) -> Rebuilt:
    """Compose every mail of an edition again, from its stored picks and its reader as they were."""
    rebuilt = Rebuilt()
    with database.read() as session:
        numbers = settled_mails.numbers(session, edition.id)
    for number in numbers:
        with database.read() as session:
            mails = settled_mails.of_batch(session, edition.id, number)
            packs = [mail.picks for mail in mails if mail.picks and reasons.are_whole(mail.picks)]
            existing = reasons.behind(session, packs)
        for mail in mails:
            if not mail.readers:
                rebuilt.erased += 1
            elif _comes_out(composer, mail, existing, edition):
                rebuilt.same += 1
            else:
                rebuilt.differing.append(mail.subscriber_id)
        progress(len(mails))
    return rebuilt


def _comes_out(
    composer: Composer, mail: SettledMail, existing: Mapping[int, Reason], edition: OpenEdition
) -> bool:
    for choice in _choices(composer, mail, existing, edition):
        try:
            if hash_mail(composer.message(choice).body) == mail.mail_hash:
                return True
        except ComposeError:  # what cannot be composed was not sent like this
            continue
    return False


def _choices(
    composer: Composer, mail: SettledMail, existing: Mapping[int, Reason], edition: OpenEdition
) -> Iterator[Choice]:
    """Yield what the mail may have been made from; the ledger does not say what a note said."""
    for reader in mail.readers:
        due = DueDelivery(mail.subscriber_id, None, 0, reader, mail.picks, mail.dated_at)
        if mail.picks:
            yield from _repeated(composer, due, reader, mail.picks, existing)
            continue
        notes = [edition.empty.value] if edition.empty else []
        for note in (*notes, NOTHING_MATCHES, NOTHING_FOR_READER):
            yield Choice(due, note=note)


def _repeated(
    composer: Composer,
    due: DueDelivery,
    reader: Reader,
    picks: bytes,
    existing: Mapping[int, Reason],
) -> Iterator[Choice]:
    try:
        reasons.check(picks)
    except InputError:  # torn: nothing can be made of it
        return
    choice = composer.repeat(due, reader, picks, existing)
    if choice.outcome is None:
        yield choice
