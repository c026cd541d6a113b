"""Open an edition: collect the candidates of a date, score their trend, freeze them."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from digest.editions.rules import trend
from digest.editions.rules.summary_prompts import PROMPT_VERSION
from digest.editions.store import editions, summaries
from digest.editions.store.editions import OpenEdition, Seen
from digest.errors import NotFoundError
from digest.ground.database.engine import Database
from digest.ground.time import due_times
from digest.model import Candidate, Edition, Paper
from digest.papers.rules import withdrawals
from digest.papers.store import papers


@dataclass(frozen=True, slots=True)
class EditionRules:
    """The settings for making an edition.

    window_days: a candidate was listed in the last so many days. size: at most so many candidates,
    those that trend most on the day or in the week. domain: the right side of its Message-IDs.
    model: whose summaries are shown; "" for extracts.
    """

    window_days: int
    size: int
    send_hour: int
    timezone: str
    domain: str
    model: str = ""


def open_edition(
    database: Database, on: date | None, rules: EditionRules, *, now: datetime
) -> OpenEdition:
    """Return the edition of a date (default: of the newest dump); open it if necessary.

    Once open it is frozen: later dumps feed later editions. NotFoundError when no paper was listed
    in its window.
    """
    with database.write() as session:
        editions.lock(session)  # of two at once the second finds the first one's edition
        day = _day(session, on)
        found = editions.get(session, day)
        if found is None:
            edition, revisions = build_edition(session, day, rules, now)
            number = editions.add(session, edition, revisions, opened_at=now)
            found = OpenEdition(number, edition, now)
        return found


def foresee_edition(
    database: Database, on: date | None, rules: EditionRules, *, now: datetime
) -> OpenEdition:
    """Return the edition that `open_edition` would, without opening it; a new one has the id 0."""
    with database.read() as session:
        day = _day(session, on)
        found = editions.get(session, day)
        if found is None:
            found = OpenEdition(0, build_edition(session, day, rules, now)[0], now)
        return found


def list_unopened(
    database: Database, on: date | None, rules: EditionRules, *, now: datetime
) -> tuple[date, dict[int, Paper]]:
    """Return revision id -> paper of an edition, best trend first; nothing if it is open."""
    with database.read() as session:
        day = _day(session, on)
        if editions.get(session, day) is not None:
            return day, {}
        edition, revisions = build_edition(session, day, rules, now)
    papers = [candidate.paper for candidate in edition.candidates]
    return day, {revisions[paper.id]: paper for paper in papers}


def _day(session: Session, on: date | None) -> date:
    day = on or editions.newest_dump_date(session)
    if day is None:
        raise NotFoundError("There are no papers yet.", hint="digest ingest DUMP.txt")
    return day


def build_edition(
    session: Session, on: date, rules: EditionRules, now: datetime
) -> tuple[Edition, dict[int, int]]:
    """Build an edition; return it with the revision of each candidate.

    NotFoundError when no paper was listed in its window.
    """
    appearances = list_offered(session, on, rules.window_days)
    if not appearances:
        newest = editions.newest_dump_date(session)
        raise NotFoundError(
            f"No paper was listed in the {rules.window_days} days up to {on}.",
            hint=f"the newest dump is dated {newest}" if newest else "digest ingest DUMP.txt",
        )
    trends = {
        paper_id: trend.score_trend(
            [trend.Appearance(s.date, s.rank, s.votes) for s in seen], on=on
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
    return Edition(on, sends_at, rules.domain, candidates), revisions


def list_offered(session: Session, on: date, window_days: int) -> dict[int, list[Seen]]:
    """Return the appearances of all papers of a window but those that are withdrawn.

    A notice counts whichever list brought it, and whatever another list says of the paper since.
    """
    found = editions.appearances(session, on, window_days)
    said = papers.texts_with(session, sorted(found), withdrawals.WORDS)
    gone = {id_ for id_, title, text in said if withdrawals.is_withdrawn(title, text)}
    return {id_: seen for id_, seen in found.items() if id_ not in gone}


def _summaries(session: Session, revisions: list[int], rules: EditionRules) -> dict[int, str]:
    """Summaries by revision; none unless a model is asked."""
    if not rules.model:
        return {}
    return summaries.existing(session, revisions, model=rules.model, prompt=PROMPT_VERSION)
