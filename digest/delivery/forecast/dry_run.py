"""Look at what would be sent, and to whom, without sending it."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from digest.delivery.composing import Choice, Composer, Mail
from digest.delivery.forecast import explaining
from digest.delivery.send_report import SendReport, make_report
from digest.delivery.store import due_deliveries, reasons
from digest.editions.store import offered
from digest.editions.store.editions import OpenEdition
from digest.errors import ComposeError, NotFoundError
from digest.ground.database.engine import Database
from digest.model import DeliveryState, Message


def dry_run(
    database: Database,
    edition: OpenEdition,
    composer: Composer,
    *,
    now: datetime,
    only: int | None,
    show: Callable[[Choice, Message | None], None],
) -> SendReport:
    """Do all that a real send does up to the bytes; open no connection and change no row.

    show: called for everyone who is due; with None for the message where there is none.
    """
    report = make_report(database, edition)
    report.dry_run = True
    states = Counter(report.states)
    for choice in _choices(database, edition, composer, now=now, only=only):
        message = None
        state = choice.outcome.state if choice.outcome else DeliveryState.QUEUED
        if choice.outcome is None:
            try:
                message = composer.message(choice)
            except ComposeError:
                state = DeliveryState.FAILED
        if choice.due.state is not None:  # planned before: it would leave its present state
            states[choice.due.state] -= 1
        states[state] += 1
        report.outcomes[state] += 1
        report.note = ""
        show(choice, message)
    report.states = {state: count for state, count in states.items() if count}
    report.planned = sum(report.states.values())
    return report


def _choices(
    database: Database,
    edition: OpenEdition,
    composer: Composer,
    *,
    now: datetime,
    only: int | None,
) -> Iterator[Choice]:
    papers = [candidate.paper.id for candidate in edition.edition.candidates]
    with database.read() as session:
        shared = offered.ids_with_any(session, papers)
        after = 0 if only is None else only - 1
        while dues := due_deliveries.would_be_due(
            session, edition.id, shared, after=after, now=now
        ):
            after = dues[-1].subscriber_id
            if only is not None:
                dues = [one for one in dues if one.subscriber_id == only]
            existing = reasons.behind(session, [one.picks for one in dues if one.picks])
            yield from composer.choose(dues, existing)
            if only is not None:
                return
        yield from composer.choose(due_deliveries.erased(session, edition.id, now), {})


def preview(
    database: Database, edition: OpenEdition, composer: Composer, address: str, *, now: datetime
) -> Mail:
    """Return the mail that a subscriber got, or would get now, whatever the state.

    NotFoundError when there is no such subscriber, or nothing is left to send.
    """
    reader, packed = explaining.find_reader(database, edition, address)
    with database.read() as session:
        existing = reasons.behind(session, [packed] if packed else [])
        dated_at = due_deliveries.date(session, edition.id, reader.subscriber_id, now)
    asked = due_deliveries.DueDelivery(reader.subscriber_id, None, 0, reader, packed, dated_at)
    choice = composer.choose([asked], existing)[0]
    if choice.outcome is not None:
        raise NotFoundError(f"There is no mail to show: {choice.outcome.reply}.")
    return composer.mail(choice)
