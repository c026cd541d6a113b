"""Open an edition: collect the candidates of a date, score their trend, freeze them."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from digest.catalogues.store import versions
from digest.editions.rules import trend
from digest.editions.rules.summary_prompts import PROMPT_VERSION
from digest.editions.store import changes, dump_lists, editions, summaries
from digest.editions.store.dump_lists import Seen
from digest.editions.store.editions import OpenEdition
from digest.errors import DateError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.time import due_times
from digest.model import Approval, Candidate, Edition, Paper
from digest.papers.store import papers


@dataclass(frozen=True, slots=True)
class EditionRules:
    """The settings for making an edition.

    window_days: a candidate was listed in the last so many days. size: at most so many candidates,
    those that trend most on the day or in the week. domain: the right side of its Message-IDs.
    model: whose summaries are shown; "" for extracts. approval: how long after it is due, or opened
    if that is later, an edition waits to be approved; None: it needs no approval. late: what
    happens then (`editions.Approval`).
    """

    window_days: int
    size: int
    send_hour: int
    timezone: str
    domain: str
    model: str = ""
    approval: timedelta | None = None
    late: str = "hold"

    def waits(self, edition: Edition, now: datetime) -> Approval | None:
        """Return what an edition that opens now waits for."""
        if self.approval is None:
            return None
        return Approval(max(edition.sends_at, now) + self.approval, self.late)


def open_edition(
    database: Database, on: date | None, rules: EditionRules, *, now: datetime
) -> OpenEdition:
    """Return the edition of a date (default: of the newest dump); open it if necessary.

    Once open it is frozen: later dumps feed later editions. NotFoundError without any dump;
    DateError when no paper was listed in its window, or the date is still to come.
    """
    with database.write() as session:
        editions.lock(session)  # of two at once the second finds the first one's edition
        day = _day(session, on, now)
        found = editions.get(session, day)
        if found is None:
            _refuse_future(session, day, now)
            edition, revisions = build_edition(session, day, rules, now)
            waits = rules.waits(edition, now)
            number = editions.add(session, edition, revisions, opened_at=now, approval=waits)
            found = OpenEdition(number, edition, now)
        return found


def find_edition(database: Database, on: date | None) -> OpenEdition:
    """Return the open edition of a date (default: the newest one), as it is to be sent.

    NotFoundError when it is not open.
    """
    with database.read() as session:
        key = editions.find(session, on)
        found = editions.get(session, key.date) if key else None
    if found is None:
        what = f"The edition of {on} is not open." if on else "No edition is open yet."
        raise NotFoundError(what, hint="digest edition open")
    return found


def check_date(database: Database, on: date | None, rules: EditionRules, *, now: datetime) -> None:
    """Raise DateError, as `open_edition` would; opens nothing and is cheap."""
    with database.read() as session:
        if on is None or editions.find(session, on) is not None:
            return
        _refuse_future(session, on, now)
        if not dump_lists.has_dump(session, dump_lists.first_date(on, rules.window_days), on):
            raise _nothing_listed(session, on, rules)


def foresee_edition(
    database: Database, on: date | None, rules: EditionRules, *, now: datetime
) -> OpenEdition:
    """Return the edition that `open_edition` would, without opening it; a new one has the id 0."""
    with database.read() as session:
        day = _day(session, on, now)
        found = editions.get(session, day)
        if found is None:
            _refuse_future(session, day, now)
            found = OpenEdition(0, build_edition(session, day, rules, now)[0], now)
        return found


def list_unopened(
    database: Database, on: date | None, rules: EditionRules, *, now: datetime
) -> tuple[date, dict[int, Paper]]:
    """Return revision id -> paper of an edition, best trend first; nothing if it is open."""
    with database.read() as session:
        day = _day(session, on, now)
        if editions.get(session, day) is not None:
            return day, {}
        edition, revisions = build_edition(session, day, rules, now)
    papers = [candidate.paper for candidate in edition.candidates]
    return day, {revisions[paper.id]: paper for paper in papers}


def _day(session: Session, on: date | None, now: datetime) -> date:
    """Return the date, or that of the newest dump; one of a dump from the future does not count."""
    latest = due_times.local_date(due_times.EARLIEST_ZONE, now)
    day = on or dump_lists.newest_dump_date(session, latest)
    if day is None:
        raise NotFoundError("There are no papers yet.", hint="digest ingest DUMP.txt")
    return day


def _refuse_future(session: Session, on: date, now: datetime) -> None:
    """Raise DateError for a date that has begun nowhere: its edition would be frozen too early."""
    if on > due_times.local_date(due_times.EARLIEST_ZONE, now):
        raise DateError(f"{on} is still to come.", hint=_how_to_write(session))


def _nothing_listed(session: Session, on: date, rules: EditionRules) -> DateError:
    return DateError(
        f"No paper was listed in the {rules.window_days} days up to {on}.",
        hint=_how_to_write(session),
    )


def _how_to_write(session: Session) -> str:
    newest = dump_lists.newest_dump_date(session)
    if newest is None:
        return "digest ingest DUMP.txt"
    return f"the newest dump is dated {newest}; write the date as in --date {newest}"


def build_edition(
    session: Session, on: date, rules: EditionRules, now: datetime
) -> tuple[Edition, dict[int, int]]:
    """Build an edition; return it with the revision of each candidate.

    DateError when no paper was listed in its window.
    """
    appearances = list_offered(session, on, rules.window_days)
    if not appearances:
        raise _nothing_listed(session, on, rules)
    trends = {
        paper_id: trend.score_trend(
            [trend.Appearance(s.date, s.rank, s.votes, s.size) for s in seen], on=on
        )
        for paper_id, seen in appearances.items()
    }
    identities = papers.load_identities(session, sorted(trends))
    best_first = trend.pick_leading(trends, identities, rules.size)
    found = papers.load_papers(session, best_first)
    revisions = {id_: revision for id_, (_, revision) in found.items()}
    written = _summaries(session, list(revisions.values()), rules)
    candidates = tuple(
        Candidate(replace(found[id_][0], summary=written.get(revisions[id_], "")), trends[id_])
        for id_ in best_first
    )
    sends_at = due_times.send_time(on, hour=rules.send_hour, zone=rules.timezone, now=now)
    version = versions.in_force(session)
    return Edition(on, sends_at, rules.domain, candidates, version), revisions


def list_offered(session: Session, on: date, window_days: int) -> dict[int, list[Seen]]:
    """Return the appearances of all papers of a window but those that are withdrawn or dropped.

    A notice counts whichever list brought it, and whatever another list says of the paper since.
    What the editors took out of one edition does not come back in a later one.
    """
    from digest.papers.rules import withdrawals  # its patterns take long to compile

    found = dump_lists.appearances(session, on, window_days)
    said = papers.texts_with(session, sorted(found), withdrawals.WORDS)
    gone = {id_ for id_, title, text in said if withdrawals.is_withdrawn(title, text)}
    gone |= changes.dropped_anywhere(session, found)
    return {id_: seen for id_, seen in found.items() if id_ not in gone}


def _summaries(session: Session, revisions: list[int], rules: EditionRules) -> dict[int, str]:
    """Summaries by revision; none unless a model is asked."""
    if not rules.model:
        return {}
    return summaries.existing(session, revisions, model=rules.model, prompt=PROMPT_VERSION)
