"""A look back says what comes: compared with what the service then plans and sends by itself."""

import gzip
import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from threading import Event

import pytest

from digest.app import App
from digest.delivery.forecast.lookback import DAYS, Lookback, Lookbacks
from digest.model import Cadence, DeliverySchedule, Preferences, Reason, ReasonKind, SubscriberState
from digest.operations import reader_record
from digest.papers import ingest
from digest.subscribers.store import subscribers
from tests.delivery.test_simulation import World
from tests.dumps import make_dump
from tests.factories import NOON, make_preferences

FIRST = date(2026, 10, 3)  # so that the thirty-first day is a Monday
WISHES = {
    "one-topic": Preferences({"compression": 1.0}),
    "topics": Preferences({"coding": 1.0, "speech": 2.0}),
    "interest": Preferences(interests=("reasoning",)),
    "both": Preferences({"agents": 1.0}, ("quantization",)),
    "trending": Preferences(),
    "weekdays": Preferences({"coding": 1.0}, schedule=DeliverySchedule(Cadence.WEEKDAYS)),
    "weekly": Preferences({"agents": 1.0}, schedule=DeliverySchedule(Cadence.WEEKLY, weekday=2)),
}


class Service(World):
    """A service that lives from day to day by its periodic tasks."""

    def live(self, day: date, dump: Path) -> None:
        """Load a day's dump, open its edition, and send to everybody who is due at seven."""
        self.now = datetime.combine(day, time(6, 30), UTC)
        classify = self.app.files.classifier.classify
        ingest.ingest(self.app.database, [dump], now=self.now, given=day, classify=classify)
        self.plan()
        self.now += timedelta(hours=1)
        self.plan()
        self.send()

    def subscribe(self, wishes: dict[str, Preferences]) -> None:
        readers = [(f"{name}@example.org", "", each) for name, each in wishes.items()]
        with self.app.database.write() as session:
            subscribers.add_all(session, readers, state=SubscriberState.ACTIVE, now=self.now)

    def mails(self, name: str) -> dict[date, list[str]]:
        """Return the titles that a reader was sent, by the date of the edition, oldest first."""
        with self.app.database.read() as session:
            found = subscribers.get(session, f"{name}@example.org")
        record = reader_record.export(self.app.database, found.id)
        mails = {date.fromisoformat(one["edition"]): one["papers"] for one in record["mails"]}
        return {day: mails[day] for day in sorted(mails) if mails[day]}


def make_lookbacks(app: App) -> Lookbacks:
    return Lookbacks(app.database, app.composing.small_matrix, lambda: None, app.editions.freshness)


@pytest.fixture
def service(sqlite_url: str, tmp_path: Path) -> Iterator[Service]:
    service = Service(sqlite_url, tmp_path, NOON)
    yield service
    service.close()


def made_up(_request: pytest.FixtureRequest) -> Callable[[int], str]:
    return lambda number: make_dump(30, FIRST + timedelta(days=number), seed=number)


def real(request: pytest.FixtureRequest) -> Callable[[int], str]:
    """Real papers, 24 new ones a day; 12 more were listed in the days before."""
    file = request.getfixturevalue("shared") / "relevance" / "hf" / "daily-papers.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    chance = random.Random(7)
    chance.shuffle(papers)

    def dump(number: int) -> str:
        new, older = papers[number * 24 : number * 24 + 24], papers[: number * 24][-80:]
        listed = new + chance.sample(older, min(12, len(older)))
        chance.shuffle(listed)
        texts = [" ".join(one[part].split()) for one in listed for part in ("title", "abstract")]
        return "\n\n".join(["new", "Subscribe", f"{FIRST + timedelta(days=number):%b %d}", *texts])

    return dump


@pytest.mark.slow
@pytest.mark.parametrize("dumps", [made_up, real])
def test_what_comes_is_what_was_foretold(service, dumps, request, tmp_path):
    """Within a fifth of the next 30 days, and to the paper what those days did bring."""
    make_dump_of, lookbacks = dumps(request), make_lookbacks(service.app)

    def live(number: int) -> None:
        file = tmp_path / f"{number}.txt"
        file.write_text(make_dump_of(number), encoding="utf-8")
        service.live(FIRST + timedelta(days=number), file)

    for number in range(DAYS):
        live(number)
    foretold = {name: lookbacks.look(each) for name, each in WISHES.items()}
    service.subscribe(WISHES)
    for number in range(DAYS, 2 * DAYS):
        live(number)
    for name, preferences in WISHES.items():
        came = service.mails(name)
        assert foretold[name].papers == pytest.approx(weekly_rate(came), rel=0.2), name
        assert titles_of(lookbacks.look(preferences)) == came, name


def weekly_rate(mails: dict[date, list[str]]) -> float:
    """How many papers a week came after the first mail."""
    days = list(mails)
    later = sum(len(mails[day]) for day in days[1:])
    return 7 * later / (days[-1] - days[0]).days


def titles_of(lookback: Lookback) -> dict[date, list[str]]:
    found = {}
    for mail in reversed(lookback.mails):
        edition = mail.edition.edition
        titles = {each.paper.id: each.paper.title for each in edition.candidates}
        found[edition.date] = [titles[pick.paper_id] for pick in mail.picks]
    return found


@pytest.fixture
def lookbacks(app: App) -> Lookbacks:
    return make_lookbacks(app)


def test_without_editions_there_is_nothing_to_look_back_on(lookbacks):
    found = lookbacks.look(make_preferences())
    assert (found.days, found.mails, found.papers) == (0, (), None)


def test_while_no_edition_is_open_the_one_that_would_be_stands_for_all(app):
    foreseen = app.editions.foresee(None)
    lookbacks = Lookbacks(
        app.database, app.composing.small_matrix, lambda: foreseen, app.editions.freshness
    )
    found = lookbacks.look(make_preferences())
    assert found.days == 1
    assert len(found.mails[0].picks) > 1
    assert found.papers is None


def test_an_edition_that_opens_is_seen_at_once(app, lookbacks):
    assert lookbacks.look(make_preferences()).days == 0
    app.editions.open(None)
    assert len(lookbacks.look(make_preferences()).mails) == 1


def test_what_no_edition_has_is_named(app, lookbacks):
    app.editions.open(None)
    found = lookbacks.look(make_preferences({"compression": 1.0}, ["basket weaving"]))
    assert found.missing == (Reason(ReasonKind.INTEREST, "basket weaving"),)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_who_does_not_get_their_turn_in_time_is_told_so(app):
    began, done = Event(), Event()

    def make_matrix(edition):
        began.set()
        assert done.wait(20)
        return app.composing.small_matrix(edition)

    app.editions.open(None)
    lookbacks = Lookbacks(app.database, make_matrix, lambda: None, app.editions.freshness)
    with ThreadPoolExecutor(1) as aside:
        first = aside.submit(lookbacks.prepare, Event())
        assert began.wait(20)
        assert lookbacks.look(make_preferences(), wait_seconds=0.01) is None
        done.set()
        first.result()
    assert lookbacks.look(make_preferences()) is not None
