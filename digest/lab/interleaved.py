"""Which rankings share the mails of an edition."""

from digest.editions.store.editions import OpenEdition
from digest.ground.database.engine import Database
from digest.lab.store import labs
from digest.selection.interleaving import Interleaving


def lab_of(database: Database, edition: OpenEdition) -> Interleaving | None:
    """Return the lab of an edition, open or foreseen; None when there is none."""
    with database.read() as session:
        lab = labs.of_edition(session, edition.opened_at)
    return lab.interleaving if lab else None
