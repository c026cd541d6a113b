"""Readers by a filter, a page at a time, at a cost that does not grow with their number.

An index leads to those whom a search, a state or nothing at all asks for. For anything else readers
are looked at in the order of their ids, a bounded number at a time: a page may end early.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Text,
    and_,
    cast,
    false,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from digest.ground.database.tables.delivery import DeliveryRow, EditionRow
from digest.ground.database.tables.readers import (
    DeliveryScheduleRow,
    EventKind,
    EventRow,
    SubscriberRow,
)
from digest.model import DeliveryState, Subscriber
from digest.subscribers.rules.reader_filter import EVERYBODY, ReaderFilter, Search, SearchKind
from digest.subscribers.store import preferences, subscribers

LOOKED_AT = 40_000  # readers that one page looks at where no index leads to those that are meant
LOOKED_AT_MAILS = 10_000  # likewise, where the last mail of each is looked up
COUNTED = 1000  # a list has so many, or more
_EDITIONS = 8  # in which the last mail of a reader is looked for: a weekly one is among them
_AFTER_ALL = "\U0010ffff"  # sorts behind every letter


@dataclass(frozen=True, slots=True)
class ReaderPage:
    """Some readers, in the order of their ids.

    next: the id behind which the list goes on; None at its end. passed: how many ids were passed,
    of which only `readers` are meant.
    """

    readers: Sequence[Subscriber]
    next: int | None
    passed: int = 0


@dataclass(frozen=True, slots=True)
class ReaderCount:
    """How many readers a filter means. is_all: there are no more; otherwise there may be."""

    count: int
    is_all: bool


def page(
    session: Session,
    wanted: ReaderFilter,
    *,
    after: int | None,
    limit: int,
    newest_first: bool = False,
) -> ReaderPage:
    """Return the next readers by id. after: `next` of the page before; None for the first page."""
    newest, key = subscribers.newest_id(session), _key(wanted)
    start = (newest + 1 if newest_first else 0) if after is None else after
    last = _last_looked_at(wanted, start, newest, newest_first=newest_first)
    query = select(SubscriberRow.id).where(*_conditions(session, wanted))
    if newest_first:
        query = query.where(key < start, key >= last).order_by(key.desc())
    else:
        query = query.where(key > start, key <= last).order_by(key)
    ids = session.scalars(query.limit(limit + 1)).all()
    found = _readers(session, ids[:limit])
    if len(ids) > limit:
        return ReaderPage(found, ids[limit - 1], abs(ids[limit - 1] - start))
    is_end = last <= 1 if newest_first else last >= newest
    return ReaderPage(found, None if is_end else last, abs(last - start))


def _readers(session: Session, ids: Sequence[int]) -> list[Subscriber]:
    """Return readers in the order of these ids (at most ~1,000): only a page's rows are read."""
    query = subscribers.select_all().where(SubscriberRow.id.in_(ids))
    known = {one.id: one for one in map(subscribers.to_model, session.execute(query))}
    return [known[id_] for id_ in ids if id_ in known]


def count(session: Session, wanted: ReaderFilter) -> ReaderCount:
    """Count the readers of a filter, up to COUNTED or as far as one page looks from the newest."""
    newest, key = subscribers.newest_id(session), _key(wanted)
    last = _last_looked_at(wanted, newest + 1, newest, newest_first=True)
    query = select(SubscriberRow.id).where(*_conditions(session, wanted))
    if last:
        query = query.where(key >= last)
    some = query.limit(COUNTED + 1).subquery()
    found = session.scalar(select(func.count()).select_from(some)) or 0
    return ReaderCount(min(found, COUNTED), found <= COUNTED and last <= 1)


def iter_all(session: Session, wanted: ReaderFilter = EVERYBODY) -> Iterator[Subscriber]:
    """Yield all readers of a filter by id, a thousand in memory at a time."""
    query = subscribers.select_all().where(*_conditions(session, wanted)).order_by(SubscriberRow.id)
    yield from map(subscribers.to_model, session.execute(query.execution_options(yield_per=1000)))


def iter_rows(session: Session, wanted: ReaderFilter, *, limit: int | None = None) -> Iterator[Any]:
    """Yield the readers of a filter by id as they are stored, a thousand in memory at a time.

    Each is a row of id, address, name, state, when they came, and `preferences.COLUMNS`.
    """
    row = SubscriberRow
    head = (row.id, row.address, row.name, type_coerce(row.state, String), row.created_at)
    query = (
        select(*head, *preferences.COLUMNS)
        .join(DeliveryScheduleRow, row.schedule_id == DeliveryScheduleRow.id)
        .where(*_conditions(session, wanted))
        .order_by(row.id)
        .limit(limit)
    )
    # By the connection: the session would wrap each row once more.
    rows = session.connection().execute(query, execution_options={"yield_per": 1000})
    yield from rows


def _last_looked_at(wanted: ReaderFilter, start: int, newest: int, *, newest_first: bool) -> int:
    """Return the last id that a page looks at."""
    if not wanted.is_walked:
        return 0 if newest_first else newest
    many = LOOKED_AT if wanted.mail is None else LOOKED_AT_MAILS
    return max(start - many, 0) if newest_first else min(start + many, newest)


def _key(wanted: ReaderFilter) -> ColumnElement[int]:
    """Return what is the order of a list.

    A search leads to few readers; where the order is a plain id, SQLite goes through all of them,
    to save itself the sorting.
    """
    return SubscriberRow.id + 0 if wanted.is_found_by_search else SubscriberRow.id.expression


def _conditions(session: Session, wanted: ReaderFilter) -> list[ColumnElement[bool]]:
    row = SubscriberRow
    same = {
        row.language: wanted.language,
        row.layout: wanted.layout,
        row.origin: wanted.origin,
    }
    found = [column == value for column, value in same.items() if value is not None]
    if wanted.state is not None:
        # A search leads to fewer readers than a state: its index must not be passed over.
        plain = func.coalesce(row.state, "", type_=row.state.type)
        found.append((plain if wanted.is_found_by_search else row.state) == wanted.state)
    if wanted.search is not None:
        found.append(_matches(session, wanted.search))
    if wanted.topic is not None:
        found.append(cast(row.topics, Text).contains(f'"{wanted.topic}"', autoescape=True))
    if wanted.cadence is not None or wanted.timezone is not None:
        found.append(row.schedule_id.in_(_schedules(wanted)))
    if wanted.mail is not None:
        found.append(_last_mail_is(session, wanted.mail))
    found += _between(row.created_at, wanted.joined_from, wanted.joined_to)
    if wanted.left_from is not None or wanted.left_to is not None:
        found.append(row.id.in_(_left(wanted)))
    return found


def _matches(session: Session, search: Search) -> ColumnElement[bool]:
    row, text = SubscriberRow, search.text
    match search.kind:
        case SearchKind.NUMBER:
            return row.id == int(text)
        case SearchKind.ADDRESS:
            return row.address == text
        case SearchKind.BEGINNING:
            return _begins(session, row.address, text)
        case SearchKind.DOMAIN:
            return _begins(session, row.domain, text)
        case SearchKind.PART:
            return or_(row.address.contains(text, autoescape=True), _contains(session, text))


def _contains(session: Session, text: str) -> ColumnElement[bool]:
    """Whether a name has a text in it, whatever the case.

    SQLite's own LIKE takes ASCII letters so, and is ten times as fast as our `lower`.
    """
    if session.get_bind().dialect.name == "sqlite" and text.isascii():
        return SubscriberRow.name.contains(text, autoescape=True)
    return SubscriberRow.name.icontains(text, autoescape=True)


def _begins(session: Session, column: Any, text: str) -> ColumnElement[bool]:
    """Whether a column begins so, as an index can tell: letter by letter, in no language's order.

    On PostgreSQL the index has an operator class of its own for that (varchar_pattern_ops).
    """
    end = text + _AFTER_ALL
    if session.get_bind().dialect.name == "postgresql":
        return and_(column.bool_op("~>=~")(text), column.bool_op("~<~")(end))
    return and_(column >= text, column < end)


def _schedules(wanted: ReaderFilter) -> Select[Any]:
    query = select(DeliveryScheduleRow.id)
    if wanted.cadence is not None:
        query = query.where(DeliveryScheduleRow.cadence == wanted.cadence)
    if wanted.timezone is not None:
        query = query.where(DeliveryScheduleRow.timezone == wanted.timezone)
    return query


def _last_mail_is(session: Session, state: DeliveryState) -> ColumnElement[bool]:
    """Whether a reader's last mail is in a state; each of the newest editions is one look-up."""
    newest = select(EditionRow.id).order_by(EditionRow.date.desc()).limit(_EDITIONS)
    states = [
        select(type_coerce(DeliveryRow.state, String))
        .where(DeliveryRow.edition_id == edition, DeliveryRow.subscriber_id == SubscriberRow.id)
        .correlate(SubscriberRow)
        .scalar_subquery()
        for edition in session.scalars(newest)
    ]
    return func.coalesce(*states, "") == state.value if states else false()


def _left(wanted: ReaderFilter) -> Select[Any]:
    kinds = (EventKind.UNSUBSCRIBED, EventKind.SUPPRESSED)
    query = select(EventRow.subscriber_id).where(EventRow.kind.in_(kinds))
    return query.where(*_between(EventRow.at, wanted.left_from, wanted.left_to))


def _between(column: Any, first: Any, end: Any) -> list[ColumnElement[bool]]:
    bounds: list[tuple[Any, Callable[[Any], ColumnElement[bool]]]] = [
        (first, lambda moment: column >= moment),
        (end, lambda moment: column < moment),
    ]
    return [condition(moment) for moment, condition in bounds if moment is not None]
