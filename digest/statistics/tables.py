"""The tables of the plots, by name. Each is bounded by the days that are asked for.

Exact at once: readers, mails, sending, feedback, ranks, sources. Counted every hour by the
scheduler, as they take in everybody: topics, votes.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from digest.errors import InputError
from digest.ground.database.engine import Database
from digest.ground.time.due_times import start_of
from digest.model import DeliveryState, FeedbackKind
from digest.papers.store import listings
from digest.statistics import days
from digest.statistics.days import MOST_DAYS
from digest.statistics.store import daily_counts, figures, readers
from digest.statistics.table import Cell, Column, Table

Row = Sequence[Cell]
READERS, FEEDBACK = "readers", "feedback of editions"  # subjects that are counted by day
FEEDBACK_SETTLED = timedelta(days=14)  # after the day of an edition: hardly more comes back
TOPIC_READERS, TOPIC_PAPERS = "topic readers", "topic papers"  # how many there were on a day
VOTES_MORE, VOTES_LESS = "votes more", "votes less"  # of papers of the last VOTE_DAYS
VOTE_DAYS = 30
MOST_PAPERS = 15  # whose votes are shown
MOST_RANKS = 4  # papers whose ranks are shown
_KINDS = (FeedbackKind.HARD, FeedbackKind.SOFT, FeedbackKind.BLOCKED, FeedbackKind.COMPLAINT)
_LATER = "the scheduler counts them every hour"


@dataclass(frozen=True)
class View:
    """What tables need, and share. paper: whose ranks; None for those that trend most now.

    topics: their names by slug.
    """

    session: Session
    zone: str
    now: datetime
    days: int
    topics: Mapping[str, str]
    paper: int | None = None

    @property
    def dates(self) -> list[date]:
        """The days, the last of them today."""
        return days.list_days(self.zone, self.now, self.days)

    @cached_property
    def editions(self) -> list[figures.EditionMails]:
        """The mails of the editions of these days, the oldest first."""
        return figures.mails_of_editions(self.session, self.dates[0])


def readers_table(view: View) -> Table:
    """Who joined, who left and why."""
    found = days.load(view.session, READERS, readers.count, view.dates, view.zone)
    names = (readers.JOINED, readers.RETURNED, *readers.WHY_LEFT)
    rows: list[Row] = [
        (
            day,
            *(counted[name] for name in names),
            sum(counted[name] for name in readers.WHY_LEFT),
            counted[readers.ERASED],
        )
        for day, counted in found.items()
    ]
    return Table(
        "readers",
        "Readers joined, left and why",
        [*map(Column, ("day", *names, "left", readers.ERASED))],
        rows,
        "Joined: who confirmed, or was added or imported as active. Left: by a link "
        "or their mail program, by a reply, by the operator, or because their mail bounced or they "
        "called it spam. Most who were erased had left before.",
    )


def mails(view: View) -> Table:
    """The mails of each edition by state."""
    states = (*(state for state in DeliveryState if state is not DeliveryState.SENDING),)
    rows: list[Row] = [
        (one.date, *(one.states[state.value] for state in states)) for one in view.editions
    ]
    return Table(
        "mails",
        "Mails by state",
        [*map(Column, ("edition", *(state.value for state in states)))],
        rows,
        "One mail to each reader of an edition, as its state is now. What is being sent at this "
        "moment is among those queued.",
    )


def sending(view: View) -> Table:
    """How long the send of each edition took."""
    first = start_of(view.dates[0], view.zone)
    seconds = figures.sending_seconds(view.session, first)
    rows: list[Row] = []
    for one in view.editions:
        sent, took = one.states[DeliveryState.SENT.value], seconds[one.date.isoformat()]
        span = (one.last_at - one.first_at) if one.first_at and one.last_at else None
        rows.append(
            (
                one.date,
                sent,
                round(took / 60, 1) if took else None,
                round(sent / took, 1) if took else None,
                one.first_at,
                one.last_at,
                round(span.total_seconds() / 60, 1) if span is not None else None,
            )
        )
    return Table(
        "sending",
        "How long a send took",
        [
            Column("edition"),
            Column("sent"),
            Column("sending", "min"),
            Column("speed", "mails/s"),
            Column("first"),
            Column("last"),
            Column("first to last", "min"),
        ],
        rows,
        "Sending: the time of all runs that sent mails of the edition, of several workers together."
        " First to last: between them readers' hours come round, and mails are tried again.",
    )


def feedback(view: View) -> Table:
    """What came back of each edition, beside what receivers want."""
    counted = days.load(view.session, FEEDBACK, figures.count_feedback, view.dates, view.zone)
    rows: list[Row] = []
    for one in view.editions:
        found, mails_sent = counted.get(one.date, Counter()), one.states[DeliveryState.SENT.value]
        shares = [
            round(100 * found[kind.value] / mails_sent, 4) if mails_sent else None
            for kind in (FeedbackKind.HARD, FeedbackKind.COMPLAINT)
        ]
        rows.append((one.date, mails_sent, *(found[kind.value] for kind in _KINDS), *shares))
    return Table(
        "feedback",
        "Bounces and complaints",
        [
            Column("edition"),
            Column("sent"),
            *(Column(kind.value) for kind in _KINDS),
            Column("bounces", "%"),
            Column("complaints", "%"),
        ],
        rows,
        "What came back of each edition's mails, in percent of those that were sent; what names no "
        "edition is left out. Gmail and Yahoo want complaints below 0.1 % and refuse mail from "
        "0.3 % on.",
    )


def topics(view: View) -> Table:
    """How many readers follow each topic, and how many papers it has."""
    found = daily_counts.newest(view.session, TOPIC_READERS)
    by_slug: dict[str, Counter[str]] = {}
    for subject in (TOPIC_READERS, TOPIC_PAPERS):
        day = found[0] if found else view.dates[-1]
        kept = daily_counts.load(view.session, subject, day, day).get(day, Counter())
        for slug, count in kept.items():
            by_slug.setdefault(slug, Counter())[subject] = count
    rows = [
        (view.topics.get(slug, slug), counted[TOPIC_READERS], counted[TOPIC_PAPERS])
        for slug, counted in sorted(
            by_slug.items(), key=lambda one: (-one[1][TOPIC_READERS], one[0])
        )
    ]
    return Table(
        "topics",
        "Topics by readers and papers",
        [Column("topic"), Column("readers"), Column("papers")],
        rows,
        f"Active readers who follow a topic, and all papers that have it; {_LATER}.",
        found[1] if found else None,
    )


def votes(view: View) -> Table:
    """The papers with the most votes."""
    found = daily_counts.newest(view.session, VOTES_MORE)
    by_paper: dict[int, Counter[str]] = {}
    for subject in (VOTES_MORE, VOTES_LESS):
        day = found[0] if found else view.dates[-1]
        kept = daily_counts.load(view.session, subject, day, day).get(day, Counter())
        for paper, count in kept.items():
            by_paper.setdefault(int(paper), Counter())[subject] = count
    most = sorted(by_paper, key=lambda one: (-by_paper[one].total(), one))[:MOST_PAPERS]
    titles = listings.titles(view.session, most)
    rows = [
        (titles.get(paper, f"#{paper}"), by_paper[paper][VOTES_MORE], by_paper[paper][VOTES_LESS])
        for paper in most
    ]
    return Table(
        "votes",
        "Votes by paper",
        [Column("paper"), Column("more like this"), Column("less")],
        rows,
        f"The {MOST_PAPERS} papers of the last {VOTE_DAYS} days' editions with the most votes; "
        f"{_LATER}.",
        found[1] if found else None,
    )


def ranks(view: View) -> Table:
    """Where papers stood in the lists of each day."""
    session = view.session
    papers = (
        figures.first_of_newest_edition(session, MOST_RANKS) if view.paper is None else [view.paper]
    )
    titles = listings.titles(session, papers)
    known = [paper for paper in papers if paper in titles]
    best = figures.best_ranks(session, known, view.dates[0])
    rows = [(day, *(best[day].get(paper) for paper in known)) for day in sorted(best)]
    return Table(
        "ranks",
        "A paper's rank over the lists",
        [Column("day"), *(Column(titles[paper]) for paper in known)],
        rows,
        "The best place in any list of a day; 1 is the top. "
        + ("" if view.paper else "These trend most in the newest edition."),
    )


def sources(view: View) -> Table:
    """How many papers each source listed."""
    found = figures.entries_by_source(view.session, view.dates[0])
    names = sorted({name for counted in found.values() for name in counted})
    rows = [
        (
            day,
            *(found[day][name] if day in found and name in found[day] else None for name in names),
        )
        for day in view.dates
    ]
    return Table(
        "sources",
        "Papers listed by each source",
        [Column("day"), *(Column(name or "files") for name in names)],
        rows,
        "Entries of the lists that were loaded, by the date that they are of; a gap: no list.",
    )


TABLES: Mapping[str, Callable[[View], Table]] = {
    "readers": readers_table,
    "mails": mails,
    "sending": sending,
    "feedback": feedback,
    "topics": topics,
    "votes": votes,
    "ranks": ranks,
    "sources": sources,
}


def make(database: Database, names: Collection[str], **of: Any) -> list[Table]:
    """Return tables by their names; `of`: the fields of `View` beside the session.

    InputError for a name that is none, or days out of bounds.
    """
    for name in names:
        if name not in TABLES:
            raise InputError(f"{name!r} is none of {', '.join(TABLES)}")
    if not 1 <= of["days"] <= MOST_DAYS:
        raise InputError(f"days are from 1 to {MOST_DAYS}")
    with database.read() as session:
        view = View(session, **of)
        return [TABLES[name](view) for name in names]
