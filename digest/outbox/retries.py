"""Queue single mails again that did not arrive, because somebody asked for it."""

from digest.delivery.retries import Wanted
from digest.ground.database.engine import Database
from digest.outbox.store import figures
from digest.subscribers.rules.addresses import normalise


def retry(database: Database, wanted: Wanted, *, dry_run: bool = False) -> int:
    """Queue mails to readers again; return how many. None of an edition's is among them.

    What is out of date by then, such as a link that has expired, is skipped when it is sent.
    dry_run: count them and change nothing.
    """
    if wanted.on is not None:
        return 0
    address = normalise(wanted.address) if wanted.address else None
    with database.read() if dry_run else database.write() as session:
        return figures.queue_again(
            session, state=wanted.state, address=address, reply=wanted.reply, dry_run=dry_run
        )
