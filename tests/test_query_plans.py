"""However many readers and deliveries there are: what is asked often reads none of them whole.

The database is that of `benchmarks.big_database`, smaller; the plans are those of a large one.
"""

import re
from datetime import UTC, date, datetime
from itertools import islice

import pytest
from sqlalchemy import text

from benchmarks.big_database import LAST_DAY, Size, fill
from benchmarks.service import IDENTITY, KEY
from digest.accounts import signing_in
from digest.app import StoppedClock, build_app
from digest.model import DeliveryState, Role, Stage
from digest.operations import listings, metrics, progress, reader_mails, reader_record
from digest.operations.doctor import here
from digest.settings import load_settings
from digest.statistics.tables import TABLES
from digest.web.console.routes import GROUPS
from digest.web.pages import make_site
from tests.query_plans import no_scans
from tests.web.conftest import NO_AUTHORITIES
from tests.web.console.conftest import Hand, make_account
from tests.web.serving import serving

NOW = datetime(2026, 11, 19, 9, tzinfo=UTC)
SMALL = Size(readers=2000, editions=3, thinned=1, papers=20)
READER = "reader123@host123.example.org"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database with years of mail in small."""
    folder = tmp_path_factory.mktemp("big")  # made anew each time that a worker comes back to this
    if request.param == "sqlite":
        address = f"sqlite:///{folder / 'digest.db'}"
    else:
        address = request.getfixturevalue("postgres").make(folder.name, "template")
    fill(address, SMALL)
    return address


@pytest.fixture(scope="module")
def app(url: str, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("journals")
    settings = load_settings(database_url=url, secret_key=KEY, journal_dir=folder, **IDENTITY)
    app = build_app(settings, clock=StoppedClock(NOW))
    yield app
    app.database.close()


def lines(app, **wanted):
    """Take the first lines of `digest deliveries`."""
    every = dict.fromkeys(("kind", "on", "state", "address", "reply", "search"))
    return list(islice(reader_mails.mails(app.database, **{**every, **wanted}), 51))


def page(app, **wanted):
    """Take a page of the API's deliveries."""
    every = {"on": None, "state": None, "address": None, "after": (date(1, 1, 1), 0), "limit": 50}
    return listings.deliveries_page(app.database, **{**every, **wanted})


ASKED = {
    "status": lambda app: app.operations.status(),
    "alerts": lambda app: app.operations.alerts(),
    "metrics": lambda app: metrics.ServiceFigures(app.database, app.clock).collect(),
    "the clock of doctor": lambda app: here.clock(app.database, app.clock()),
    "the progress of an edition": lambda app: progress.find_progress(app.database),
    "explain": lambda app: app.explaining.explain(READER, None),
    "a reader's record": lambda app: reader_record.about(app.database, READER, NOW, deliveries=10),
    "a reader's export": lambda app: reader_record.export(app.database, 123),
    "deliveries": lines,
    "deliveries to": lambda app: lines(app, address=READER),
    "deliveries of": lambda app: lines(app, on=LAST_DAY),
    **{
        f"deliveries {state}": lambda app, state=state: lines(app, state=state)
        for state in DeliveryState
    },
    "a page": page,
    "a page to": lambda app: page(app, address=READER),
    "a page of failures": lambda app: page(app, state=DeliveryState.FAILED),
    "a later page": lambda app: page(app, after=(LAST_DAY, 100)),
    "failures": lambda app: progress.list_failures(app.database, LAST_DAY, DeliveryState.FAILED),
    **{
        f"statistics {name}": lambda app, name=name: app.statistics.table(name, days=30)
        for name in TABLES
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("asked", ASKED)
def test_what_is_asked_often_reads_no_large_table_whole(app, asked):
    with no_scans(app.database):
        ASKED[asked](app)


@pytest.fixture(scope="module")
def hand(app):
    """The browser of an owner who is signed in."""
    account = make_account(app, Role.OWNER)
    secret = signing_in.begin(app.database, account.id, Stage.FULL, "a test", NOW)
    with (
        serving(make_site(app)) as address,
        Hand(base_url=address, verify=NO_AUTHORITIES) as client,
    ):
        client.cookies.set("digest", secret)
        yield client


# Every page of the console that needs no more than its address, and these.
PAGES = [
    *(
        route.path
        for group in GROUPS
        for route in group.pages.routes
        if "GET" in route.methods and "{" not in route.path
    ),
    f"/today/{LAST_DAY}/failed",
    f"/today/{LAST_DAY}/deferred",
    *(f"/plots/{name}.svg?days=90" for name in TABLES),
]


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in PAGES if path != "/today/stream"])
def test_no_page_of_the_console_reads_a_large_table_whole(app, hand, path):
    with no_scans(app.database):
        assert hand.get(f"/admin{path}").status_code < 500


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM deliveries",
        "SELECT id FROM subscribers WHERE name = 'Reader 7'",
        "SELECT kind FROM events ORDER BY at",
        "SELECT value FROM votes WHERE voted_at > '2020-01-01'",
        "SELECT id FROM subscribers WHERE layout = 'full' ORDER BY id LIMIT 5",
    ],
)
def test_a_scan_is_found(app, query):
    with (
        pytest.raises(AssertionError, match=re.escape(query[:20])),
        no_scans(app.database),
        app.database.read() as session,
    ):
        session.execute(text(query))
