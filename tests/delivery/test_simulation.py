"""Sixty days by a simulated clock: every reader's mails are exactly those that the rules say."""

import itertools
import random
import sqlite3
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from sqlalchemy import select

from digest.app import App, build_app
from digest.delivery import leasing
from digest.delivery.lease_keeper import keep_lease
from digest.delivery.leasing import LEASE
from digest.delivery.sender import EditionRun, Sender
from digest.delivery.store import reasons
from digest.ground.database.tables.delivery import DeliveryRow, EditionRow
from digest.ground.database.tables.paper_details import AppearanceRow
from digest.ground.database.tables.papers import DumpRow
from digest.model import DeliveryState, Preferences, Reply, SubscriberState
from digest.papers import ingest
from digest.papers.store import listings
from digest.scheduler import tasks
from digest.settings import load_settings
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.store import subscribers
from tests.delivery.schedule_rules import Expected, Press
from tests.rows import store_dump

pytestmark = pytest.mark.slow
ZONES = ("Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12")
START = datetime(2026, 3, 1, 0, 5, tzinfo=UTC)  # Berlin's clocks go forward on 29 March
DAYS = 60
HOUR = timedelta(hours=1)
EVERYTHING = 500  # papers a mail may have: all that is left comes, so the rules can say which
PLAIN = {  # mails without looks: what is in them is what counts here, and an edition is soon made
    "card.html": "<p>{{ paper.title }}</p>",
    "line.html": "<p>{{ claim.line }}</p>",
    "section.html": "<h2>{{ title }}</h2>{{ papers }}",
    "body.html": '<html><body>{{ papers }}<a href="{{ links.unsubscribe }}">off</a></body></html>',
    "card.txt": "{{ paper.title }}",
    "line.txt": "{{ claim.line }}",
    "section.txt": "{{ title }} {{ papers }}",
    "body.txt": "{{ papers }} {{ links.unsubscribe }}",
}


class CrashError(Exception):
    """The process is gone."""


class Crashing:
    """A database that is lost in the middle of a transaction, or just after its commit."""

    def __init__(self, database, *, committed: bool) -> None:
        self._database, self._committed = database, committed
        self.read = database.read

    @contextmanager
    def write(self):
        with self._database.write() as session:
            yield session
            if not self._committed:
                raise CrashError
        raise CrashError


class World:
    """Two schedulers on one database, a relay that takes everything, and a clock set by hand."""

    def __init__(self, url: str, folder, now: datetime) -> None:
        self.now = now
        for name, source in PLAIN.items():
            (folder / "templates" / "digest").mkdir(parents=True, exist_ok=True)
            (folder / "templates" / "digest" / name).write_text(source, encoding="utf-8")
        settings = load_settings(
            database_url=url,
            secret_key="a key for the tests only",
            journal_dir=folder / "j",
            templates=folder / "templates",
        )
        self.apps = [build_app(settings, clock=lambda: self.now) for _ in range(2)]
        self.app = self.apps[0]
        self.handed_over: Counter[tuple[date, int]] = Counter()
        self._composers = cache(
            lambda day, _opened_at: self.app.composing.composer(
                self.app.editions.open(day), tried=True
            )
        )
        self._edition: date | None = None
        self._watching = sqlite3.connect(url.removeprefix("sqlite:///"))

    def close(self) -> None:
        self._watching.close()
        for app in self.apps:
            app.database.close()

    def plan(self, crash: str = "") -> None:
        """Both schedulers look, each one first in turn; one may crash in or after a transaction."""
        if crash in ("in a plan", "after a plan"):
            crashing = Crashing(self.app.database, committed=crash == "after a plan")
            victim = replace(self.app, given_database=crashing)
            with suppress(CrashError):
                tasks.plan(victim)
        first, second = self.apps if self.now.hour % 2 else self.apps[::-1]
        before = self._version()
        tasks.plan(first)
        if self._version() != before:  # else the second one would see just what the first one saw
            tasks.plan(second)

    def _version(self) -> int:
        """Return a number that every commit to the database changes."""
        return self._watching.execute("PRAGMA data_version").fetchone()[0]

    def send(self, crash: str = "") -> None:
        """Do what `workers.local.dispatch` does, in this process."""
        self.app.delivery.recover()
        ready, stale = leasing.due_editions(
            self.app.database, self.app.editions.freshness, now=self.now
        )
        assert not stale
        for day in ready:
            self._edition = day
            if crash.startswith("while sending"):
                self._die_sending(day, answered=crash.endswith("answered"))
            else:
                self._sender(day).run()

    def deliver(self, messages, recorder, stop) -> None:
        """Be the relay."""
        for message in messages:
            recorder.begin(message)
            self.handed_over[self._edition, message.key] += 1
            recorder.answer(message, Reply(250, "2.0.0 Ok"))

    def _sender(self, day: date) -> Sender:
        edition = self.app.editions.open(day)
        return Sender(
            database=self.app.database,
            edition=edition,
            composer=lambda: self._composers(day, edition.opened_at),
            relay=self,
            journals=self.app.journals,
            clock=lambda: self.now,
            uncertain="resend",
            stop=lambda: False,
            progress=lambda _: None,
        )

    def _die_sending(self, day: date, *, answered: bool) -> None:
        """Lease a batch, begin its first message, have it answered or not, and be gone."""
        run = EditionRun(self._sender(day))
        leased = run.lease()
        batch = run.prepare(leased, keep_lease(self.app.database, leased, LEASE))
        message = next(batch.messages(), None)
        if message is not None:
            batch.begin(message)
        if message is not None and answered:
            self.handed_over[day, message.key] += 1
            batch.answer(message, Reply(250, "2.0.0 Ok"))
        leased.journal.close()


def made_up_dumps(rng: random.Random) -> dict[datetime, tuple[date, list[str]]]:
    """When which dump comes: mostly in time, now and then late, never, or yesterday's again."""
    found, before = {}, []
    for step in range(DAYS):
        day = (START + step * timedelta(days=1)).date()
        if 30 <= step < 34:  # the source is silent for four days
            continue
        fate = rng.choices(("early", "late", "too late", "never", "again"), (6, 1, 1, 1, 1))[0]
        if fate == "never":
            continue
        hour = {"early": 5, "late": 9, "too late": 14, "again": 5}[fate]
        titles = before if fate == "again" and before else [f"Study {step}-{n}" for n in range(3)]
        found[START.replace(hour=hour) + step * timedelta(days=1)] = (day, titles)
        before = titles
    return found


def make_readers() -> list[Expected]:
    """All cadences in three zones, with every wish for empty days, at odd hours."""
    cadences = ("daily", "weekdays", "weekly")
    hours = itertools.cycle((7, 2, 0, 19, 23, 12))
    weekdays = itertools.cycle((0, 3, 6))
    return [
        Expected(cadence, zone, next(hours), wish, next(weekdays))
        for cadence, zone, wish in itertools.product(cadences, ZONES, ("skip", "note", "fill"))
    ]


def preferences(app: App, one: Expected) -> Preferences:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    fields = {
        "cadence": one.cadence,
        "timezone": one.zone,
        "hour": str(one.hour),
        "weekday": days[one.weekday],
        "empty_day": one.wish,
        "max_papers": str(EVERYTHING),
    }
    return parse_preferences(fields, app.files.vocabulary)


def change_somebody(world: World, readers: list[Expected], rng: random.Random) -> None:
    """At noon a reader moves, or changes hour or cadence; another one leaves or comes back."""
    number = rng.randrange(len(readers))
    one = readers[number]
    match rng.choice(("zone", "hour", "cadence")):
        case "zone":
            one.zone = rng.choice(ZONES)
        case "hour":
            one.hour = rng.randrange(24)
        case "cadence":
            one.cadence = rng.choice(("daily", "weekdays", "weekly"))
    other = rng.randrange(len(readers))
    readers[other].active = not readers[other].active
    state = SubscriberState.ACTIVE if readers[other].active else SubscriberState.PAUSED
    with world.app.database.write() as session:
        subscribers.set_preferences(session, number + 1, preferences(world.app, one))
        subscribers.set_state(session, other + 1, state)


def mails_of(world: World) -> dict[int, list[tuple[date, date, object]]]:
    """Read the ledger in the words of the rules."""
    found: dict[int, list[tuple[date, date, object]]] = {}
    query = (
        select(DeliveryRow, EditionRow.date)
        .join(EditionRow, EditionRow.id == DeliveryRow.edition_id)
        .order_by(DeliveryRow.day)
    )
    with world.app.database.read() as session:
        titles = listings.titles(session)
        for row, edition in session.execute(query):
            what: object = frozenset(titles[id_] for id_ in reasons.paper_ids(row.picks or b""))
            if row.state is DeliveryState.SKIPPED:
                what = f"skip: {row.reply}"
            else:
                assert (row.state, world.handed_over[edition, row.subscriber_id]) == ("sent", 1)
            mail = (row.day, edition, what or "note")
            found.setdefault(row.subscriber_id, []).append(mail)
    return found


def expected_of(one: Expected) -> list[tuple[date, date, object]]:
    """The ledger does not keep the words of a note."""
    return [
        (day, edition, "note" if str(what).startswith("note: ") else what)
        for day, edition, what in one.mails
    ]


CRASHES = {  # from this hour on, as soon as there is something to send
    8 * 24 + 7: "in a plan",
    13 * 24 + 6: "after a plan",
    18 * 24 + 5: "while sending, answered",
    23 * 24 + 7: "while sending",
    28 * 24 + 9: "before sending",
}
OFF = range(44 * 24 + 9, 46 * 24 + 4)  # the machine is down for two days


@pytest.mark.parametrize("seed", [1])
def test_everybody_gets_exactly_what_the_rules_say(sqlite_url, tmp_path, seed):
    rng = random.Random(seed)
    world, renderer, readers = World(sqlite_url, tmp_path, START), Press(), make_readers()
    dumps = made_up_dumps(rng)
    joining = [
        ("a" + str(n) + "@example.org", "", preferences(world.app, one))
        for n, one in enumerate(readers)
    ]
    with world.app.database.write() as session:
        subscribers.add_all(session, joining, state=SubscriberState.ACTIVE, now=START)
    crashes, reopenings = dict(CRASHES), 0
    for step in range(DAYS * 24):
        world.now = now = START + step * HOUR
        if step in OFF:
            continue
        for came in sorted(when for when in dumps if when <= now):
            day, titles = dumps.pop(came)
            renderer.dumps[day] = titles
            with world.app.database.write() as session:
                store_dump(session, day, titles)
        if step % (5 * 24) == 12:
            change_somebody(world, readers, rng)
        reopened = renderer.look(now)
        reopenings += reopened is not None
        for one in readers if reopened else ():
            one.take_back(reopened)
        before = sum(len(one.mails) for one in readers)
        for one in readers:
            one.look(renderer, now)
        busy = sum(len(one.mails) for one in readers) > before
        due_crash = min(crashes, default=step + 1)
        crash = crashes.pop(due_crash) if busy and due_crash <= step else ""
        world.plan(crash)
        if crash != "before sending":
            world.send(crash)
    world.send()
    assert not crashes
    assert reopenings > 2
    found = mails_of(world)
    world.close()
    for number, one in enumerate(readers, start=1):
        assert found.get(number, []) == expected_of(one), one
    kinds = Counter(str(mail[2]).split(":")[0][:9] for one in readers for mail in one.mails)
    assert kinds["skip"] > 20
    assert kinds["note"] > 20
    assert kinds["frozenset"] > 500
    reasons_given = {str(mail[2]) for one in readers for mail in one.mails}
    for reason in ("no dump", "source stale", "nothing new", "nothing new for this reader"):
        assert {f"skip: {reason}", f"note: {reason}"} & reasons_given, reason


class ExpectedInKind(Expected):
    """Which papers of a real dump fit into a mail is not for these rules to say."""

    def _mail(self, papers, empty):
        return super()._mail(frozenset({f"some of {self.served}"}) if papers else papers, empty)


def test_the_five_real_dumps_are_mailed_by_the_rules_and_no_paper_twice(
    sqlite_url, tmp_path, shared
):
    files = sorted((shared / "dumps").glob("*.txt"))
    world, renderer = World(sqlite_url, tmp_path, START), Press()
    readers = [
        ExpectedInKind(cadence, zone, 7, "note", weekday=3)
        for cadence, zone in itertools.product(("daily", "weekdays", "weekly"), ZONES)
    ]
    joining = [
        (f"a{n}@example.org", "", replace(preferences(world.app, one), max_papers=7))
        for n, one in enumerate(readers)
    ]
    with world.app.database.write() as session:
        subscribers.add_all(session, joining, state=SubscriberState.ACTIVE, now=START)
    for step in range(8 * 24):  # a dump each morning, then three days of nothing
        world.now = START + step * HOUR
        if step % 24 == 5 and files:
            load_real(world, renderer, files.pop(0))
        renderer.look(world.now)
        for one in readers:
            one.look(renderer, world.now)
        world.plan()
        world.send()
    found = mails_of(world)
    world.close()
    for number, one in enumerate(readers, start=1):
        kinds = [(*mail[:2], kind(mail[2])) for mail in found[number]]
        assert kinds == [(*mail[:2], kind(mail[2])) for mail in expected_of(one)], one
        papers = [paper for *_, what in found[number] if kind(what) == "papers" for paper in what]
        assert papers
        assert len(papers) == len(set(papers))


def kind(what: object) -> object:
    return what if isinstance(what, str) else "papers"


def load_real(world: World, renderer: Press, file) -> None:
    """Load a real dump as that of today, whatever its own date."""
    copy = world.app.journals.parent / f"{file.stem}.txt"
    copy.write_text(file.read_text("utf-8"), "utf-8")
    today = world.now.date()
    classify = world.app.files.classifier.classify
    report = ingest.ingest(
        world.app.database, [copy], now=world.now, given=today, classify=classify
    )
    assert report.to_json()["refused"] == 0
    with world.app.database.write() as session:
        dump = session.scalars(select(DumpRow).order_by(DumpRow.id.desc())).first()
        dump.date = today
        rows = select(AppearanceRow.paper_id).where(AppearanceRow.dump_id == dump.id)
        renderer.dumps[today] = [str(paper_id) for paper_id in session.scalars(rows)]
