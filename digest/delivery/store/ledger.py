"""Read the ledger: who was mailed what, and how many deliveries are in which state."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from digest.delivery.store import blocks, ledger_lines
from digest.delivery.store.blocks import ThinnedMail
from digest.delivery.store.ledger_lines import MOST_READERS, Line, Narrowed
from digest.delivery.store.reasons import are_whole, paper_ids, teams_of
from digest.ground.database.statements import CHUNK
from digest.ground.database.tables.delivery import (
    IN_BATCH,
    BatchRow,
    BatchState,
    DeliveryRow,
    EditionRow,
)
from digest.ground.database.tables.readers import SubscriberRow
from digest.model import DeliveryState, Team

_WORDS = [state.value for state in DeliveryState]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. `address` is empty once the subscriber was erased.

    feedback: what came back of the mail last (hard, soft, blocked, complaint); empty: nothing. The
    state stays what the relay made of it. teams: which ranking of a lab alone picked a paper; None
    when one ranking chose all.
    """

    edition: date
    domain: str
    subscriber_id: int
    address: str
    state: DeliveryState
    attempts: int
    uncertain_attempts: int
    reply: str
    settled_at: datetime | None
    not_before: datetime | None
    papers: tuple[int, ...]
    feedback: str = ""
    teams: Mapping[int, Team] | None = None


def planned(session: Session, edition_id: int) -> int:
    """Count an edition's deliveries, whatever their state."""
    query = select(func.count()).select_from(DeliveryRow)
    rows = session.scalar(query.where(DeliveryRow.edition_id == edition_id)) or 0
    return rows + blocks.counts(session, edition_id).total()


def is_under_way(session: Session, edition_id: int) -> bool:
    """Return whether a worker has a batch of an edition, or a mail of it is to be tried again.

    Until the transaction ends no worker gets a batch of it.
    """
    batches = select(BatchRow.state).where(BatchRow.edition_id == edition_id).with_for_update()
    if BatchState.LEASED in set(session.scalars(batches)):
        return True
    again = (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
    begun = and_(DeliveryRow.state == DeliveryState.QUEUED, DeliveryRow.attempts > 0)
    query = select(DeliveryRow.subscriber_id).where(
        DeliveryRow.edition_id == edition_id, or_(DeliveryRow.state.in_(again), begun)
    )
    return session.scalar(query.limit(1)) is not None


def states(session: Session, edition_id: int) -> dict[DeliveryState, int]:
    """Count an edition's deliveries by state; their sum is what was planned."""
    state = shown_state()
    query = (
        select(state, func.count())
        .join(BatchRow, IN_BATCH)
        .where(DeliveryRow.edition_id == edition_id)
        .group_by(state)
    )
    found = Counter({DeliveryState(word): count for word, count in session.execute(query)})
    return dict(found + blocks.counts(session, edition_id))


def entries(
    session: Session,
    *,
    edition: date | None = None,
    state: DeliveryState | None = None,
    address: str | None = None,
    reply: str | None = None,
    search: str | None = None,
    newest_first: bool = False,
) -> Iterator[Entry]:
    """Yield the ledger by edition and subscriber id, a thousand lines in memory at a time.

    reply: only those whose reply has this in it (see `reply_matches`). search: only those to
    addresses with this in them. newest_first: the newest edition first.

    Thinned deliveries have no times, attempts and replies; those that an address, a reply or a
    search narrows are left out.
    """
    thinned = _thinned(session, edition, state, newest_first)
    if address is not None or reply is not None or search is not None:
        thinned = iter(())
    if not newest_first:
        yield from thinned
    narrowed = Narrowed(state)
    if reply is not None:
        narrowed = replace(narrowed, where=[reply_matches(reply)])
    if address is not None:
        narrowed = replace(narrowed, readers=_readers(session, SubscriberRow.address == address))
    elif search is not None:
        # They are stored in lower case, and a scan of them spares one of the ledger.
        has_it = SubscriberRow.address.contains(search.lower(), autoescape=True)
        readers = _readers(session, has_it)
        if len(readers) > MOST_READERS:
            narrowed = replace(narrowed, where=[*narrowed.where, has_it])
        else:
            narrowed = replace(narrowed, readers=readers)
    if narrowed.readers is None or narrowed.readers:
        editions = _editions(session, edition, newest_first=newest_first)
        yield from map(_entry, ledger_lines.read(session, editions, narrowed))
    yield from thinned  # the rest of it


def thinned_of(session: Session, subscriber_id: int, address: str) -> Iterator[Entry]:
    """Yield what is left of a reader's thinned deliveries, the newest edition first."""
    found = blocks.list_all(session, subscriber_id=subscriber_id, newest_first=True)
    return (_thinned_entry(each, address) for each in found)


def page(
    session: Session,
    *,
    edition: date | None,
    state: DeliveryState | None,
    address: str | None,
    after: tuple[date, int],
    limit: int,
) -> list[Entry]:
    """Return the next lines in the order of `entries`. after: edition and subscriber id."""
    day, subscriber_id = after
    readers = None if address is None else _readers(session, SubscriberRow.address == address)
    if readers is not None and not readers:
        return []
    query = select(EditionRow).where(EditionRow.date >= day).order_by(EditionRow.date)
    if edition is not None:
        query = query.where(EditionRow.date == edition)
    editions = session.scalars(query).all()
    last = subscriber_id if editions and editions[0].date == day else 0
    lines = ledger_lines.read(session, editions, Narrowed(state, readers), after=last)
    return [_entry(line) for line in islice(lines, limit)]


def reply_matches(pattern: str) -> ColumnElement[bool]:
    """Return the condition that a reply has the pattern in it, capitals or not.

    `*` stands for anything, `?` for one character.
    """
    plain = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    like = plain.replace("*", "%").replace("?", "_")
    return DeliveryRow.reply.ilike(f"%{like}%", escape="\\")


def _editions(
    session: Session, on: date | None, *, newest_first: bool = False
) -> Sequence[EditionRow]:
    query = select(EditionRow)
    if on is not None:
        query = query.where(EditionRow.date == on)
    date_order = EditionRow.date.desc() if newest_first else EditionRow.date
    return session.scalars(query.order_by(date_order)).all()


def _readers(session: Session, which: ColumnElement[bool]) -> list[int]:
    """Return the ids of subscribers, one more than MOST_READERS at most."""
    return list(session.scalars(select(SubscriberRow.id).where(which).limit(MOST_READERS + 1)))


def _entry(line: Line) -> Entry:
    edition, row = line.edition, line.row
    return Entry(
        edition.date,
        edition.domain,
        row.subscriber_id,
        line.address or "",
        line.state,
        row.attempts,
        row.uncertain_attempts,
        row.reply or "",
        row.settled_at,
        row.not_before,
        tuple(paper_ids(row.picks or b"")),
        line.feedback.value if line.feedback else "",
        _teams(row.picks),
    )


def _thinned(
    session: Session, edition: date | None, state: DeliveryState | None, newest_first: bool
) -> Iterator[Entry]:
    found = blocks.list_all(session, edition=edition, newest_first=newest_first)
    while some := list(islice(found, CHUNK)):
        ids = {each.subscriber_id for each in some}
        query = select(SubscriberRow.id, SubscriberRow.address).where(SubscriberRow.id.in_(ids))
        addresses = dict(session.execute(query).all())
        for each in some:
            if state in (None, each.state):
                yield _thinned_entry(each, addresses.get(each.subscriber_id, ""))


def _thinned_entry(mail: ThinnedMail, address: str) -> Entry:
    day, domain, key, state, picks = mail
    papers = tuple(paper_ids(picks))
    return Entry(
        *(day, domain, key, address, state, 0, 0, "", None, None, papers), teams=_teams(picks)
    )


def _teams(picks: bytes | None) -> Mapping[int, Team] | None:
    return teams_of(picks) if picks and are_whole(picks) else None


def shown_state() -> ColumnElement[str]:
    """Return the state as shown: a queued row whose batch is leased is sending.

    A word that is no state was written by nobody of ours: its delivery counts as failed.
    """
    taken = and_(BatchRow.state == BatchState.LEASED, DeliveryRow.state == DeliveryState.QUEUED)
    word = type_coerce(DeliveryRow.state, String)
    return case(
        (taken, literal(DeliveryState.SENDING.value)),
        (word.in_(_WORDS), word),
        else_=literal(DeliveryState.FAILED.value),
    )
