"""Say why a reader got the papers that they got, or would get."""

from digest.delivery.store import due_deliveries, reasons
from digest.editions.store import offered
from digest.editions.store.editions import OpenEdition
from digest.errors import InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.model import Pick, Reader
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.explanation import Explanation, explain
from digest.selection.interleaving import Interleaving
from digest.selection.mixed_chooser import MixedChooser
from digest.subscribers.rules.addresses import normalise
from digest.subscribers.store import subscribers


def find_reader(
    database: Database, edition: OpenEdition, address: str
) -> tuple[Reader, bytes | None]:
    """Return a subscriber as a reader of this edition, with the packed picks of their delivery.

    Whatever the subscriber's state. NotFoundError when there is none.
    """
    with database.read() as session:
        subscriber = subscribers.get(session, normalise(address))
        if subscriber is None:
            raise NotFoundError("No subscriber has this address.", hint="digest subscribers list")
        papers = [candidate.paper.id for candidate in edition.edition.candidates]
        shared = offered.ids_with_any(session, papers)
        return due_deliveries.reader(session, edition.id, shared, subscriber.id)


def picks_of(database: Database, packed: bytes) -> tuple[Pick, ...]:
    """Return the picks that a delivery holds; InputError when they cannot be read."""
    reasons.check(packed)
    with database.read() as session:
        existing = reasons.behind(session, [packed])
    try:
        return reasons.unpack(packed, existing)[0]
    except KeyError as exc:
        raise InputError(f"the stored picks have an unknown reason: {exc}") from None


def explain_to(
    database: Database,
    edition: OpenEdition,
    matrix: CandidateMatrix,
    address: str,
    lab: Interleaving | None = None,
) -> list[Explanation]:
    """Explain every candidate to one subscriber: as mailed when it was, else as it would be.

    lab: the two rankings that share the edition's mails.
    """
    reader, packed = find_reader(database, edition, address)
    if packed:
        return explain(matrix, reader, picks_of(database, packed), reasons.teams_of(packed))
    return explain(matrix, reader, *MixedChooser(matrix, lab).choose([reader])[0])
