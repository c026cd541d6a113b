"""axe-core on every public page there is: no violation."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from digest.devtools.sink.inbox import make_inbox
from digest.ground import shipped
from digest.ground.tokens.links import Purpose
from digest.model import Byline
from digest.papers.store import appearances, bylines, dumps
from digest.subscribers.store import subscribers
from digest.web import pages as pages_of
from digest.workers import local
from tests.factories import DAY, NOON
from tests.web.eyes import Eye
from tests.web.serving import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("app", ["sqlite"], indirect=True),
]


@pytest.fixture
def eye(browser, site):
    looking = Eye(browser, site)
    yield looking
    looking.page.context.close()


@pytest.fixture
def links(token):
    return {
        "u": f"/u/{token(Purpose.UNSUBSCRIBE)}",
        "p": f"/p/{token(Purpose.PREFERENCES)}",
        "v": f"/v/{token(Purpose.VIEW, DAY)}",
        "more": f"/more/{token(Purpose.VOTE, DAY)}/3",
        "less": f"/less/{token(Purpose.VOTE, DAY)}/3",
    }


def test_the_public_pages(eye, app, reader):
    app.editions.open(DAY)
    eye.get("/", "home")
    eye.get("/?topic=compression", "home-chosen")
    eye.get("/help", "help")
    eye.get("/archive", "archive")
    eye.get(f"/archive/{DAY}", "edition")
    eye.get(f"/archive/{DAY}?page=9", "edition-end")
    eye.get(f"/archive/{DAY}?topic=compression", "edition-topic")
    eye.get("/archive?q=study", "search")
    eye.get("/archive?q=study&topic=compression", "search-topic")
    eye.get("/archive?q=nothing+has+this", "search-empty")
    eye.get(f"/papers/{_with_authors(app)}", "paper")
    eye.page.locator("summary").click()
    eye.look("paper-table")
    eye.get("/papers/1", "paper-bare")
    eye.get("/papers/99999", "paper-missing", 404)
    eye.get("/topics", "topics")
    eye.get("/topics/compression", "topic")
    eye.get("/topics/compression?page=9", "topic-end")


def test_seeing_before_subscribing(eye, app):
    eye.get("/preview?topic=compression", "preview-no-edition")
    app.editions.open(DAY)
    eye.post("/preview", "preview", topic="compression", interests="KV cache", email="hello")
    eye.get("/preview?interests=basket+weaving", "preview-nothing")
    eye.get("/preview?cadence=never&hour=99&timezone=Mars", "preview-wrong", 422)


def _with_authors(app) -> int:
    """Give the first paper of the edition authors and two days; return its id."""
    with app.database.write() as session:
        before = DAY - timedelta(days=2)
        dump = dumps.save_loaded(session, "f" * 64, name="before.txt", day=before, now=NOON)
        appearances.add_appearances(session, dump, {2: 4}, {2: 1200}, {2: 34})
        names = ("Ada Ode", "Béla Elm", "Cem Fir", "Dana Oak")
        bylines.keep_fullest(session, {2: Byline(names, ("University of Example",))})
    return 2


def test_every_kind_of_trouble(eye, reader, links, clock, served):
    eye.get("/nowhere", "404", 404)
    eye.get("/u/altered", "404-link", 404)
    eye.get("/archive/someday", "422", 422)
    eye.post("/", "405", 405, x="y")
    eye.post("/subscribe", "no-address", 422, email="otto@@example", interests="the", hour="99")
    eye.post("/subscribe", "413", 413, email="a" * 100_000)
    eye.post(links["p"], "415", 415, kind="multipart/form-data", x="y")
    eye.post("/subscribe", "400", 400, **{f"x{number}": "" for number in range(500)})
    eye.post("/subscribe", "again", email="ann@example.org", topic="compression")
    tokens = served[0].state.site.tokens
    token = tokens.sign_form(int(clock().timestamp()) - 10)
    for number in range(6):
        form = {"email": f"a{number}@example.org", "token": token}
        assert httpx.post(f"{eye.site}/subscribe", data=form).status_code == 200
    eye.post("/subscribe", "429", 429, email="ann@example.org", token=token)


def test_subscribing(eye, app, clock, settled, served, sink):
    tokens = served[0].state.site.tokens
    token = tokens.sign_form(int(clock().timestamp()) - 10)
    eye.post("/subscribe", "check-mail", email="bea@example.org", token=token)
    settled()
    link = re.search(rb"/c/[\w-]+", sink.messages[0].data.replace(b"=\r\n", b""))[0].decode()
    eye.get(link, "confirm")
    with app.database.read() as session:
        found = subscribers.get(session, "bea@example.org")
    signer = served[0].state.site.links
    eye.get(f"/p/{signer.token(Purpose.PREFERENCES, found.id, found.nonce)}", "preferences-pending")
    eye.post(link, "confirmed")


def test_preferences(eye, app, links):
    app.editions.open(DAY)
    eye.get(links["p"], "preferences")
    eye.post(links["p"], "preferences-wrong", 422, hour="99", timezone="Mars", max_papers="x")
    eye.post(
        *(links["p"], "preferences-previewed"),
        **{"topic-compression": "2", "interests": "KV cache", "cadence": "weekly"},
        **{"weekday": "monday", "hour": "6", "timezone": "Europe/Berlin", "max_papers": "5"},
        **{"layout": "full", "language": "en", "empty_day": "skip", "do": "preview"},
    )
    eye.post(f"{links['p']}/pause", "paused", until=(DAY + timedelta(days=9)).isoformat())
    eye.post(f"{links['p']}/pause", "pause-wrong", 422, until="yesterday")
    eye.post(f"{links['p']}/resume", "resumed")
    eye.post(f"{links['p']}/renew-feed", "feed-renewed")
    eye.post(f"{links['p']}/forget-votes", "votes-none")


def test_links_of_mails(eye, app, links):
    app.editions.open(DAY)
    eye.get(links["v"], "view")
    eye.get(links["more"], "more")
    eye.post(links["more"], "more-noted")
    eye.get(links["less"], "less")
    eye.post(links["less"], "less-noted")
    eye.get(links["p"], "preferences-votes")


def test_leaving(eye, links):
    eye.get(links["u"], "unsubscribe")
    eye.post(f"{links['u']}/weekly", "weekly")
    eye.post(f"{links['u']}/less/compression", "one-less")
    eye.post(links["u"], "left")
    undo = eye.page.locator("form[action*='/undo/']").get_attribute("action")
    eye.post(links["u"], "left-already")
    eye.get(links["u"], "unsubscribe-over")
    eye.get(links["p"], "preferences-left")
    eye.get(undo, "undo")
    eye.post(undo, "undone")
    eye.get(f"{links['p']}/erase", "erase")
    eye.post(f"{links['p']}/erase", "erased")


def test_proof_of_work(eye, app, served):
    pages = served[0]
    guarded = replace(app, settings=replace(app.settings, **{"proof_of_work": True}))
    pages.state.site = type(pages.state.site)(guarded, pages_of.Rates())
    eye.get("/", "home-proof")
    assert eye.page.locator("script").count() == 2
    eye.post("/subscribe", "again-proof", email="ann@example.org")


def test_the_inbox_of_the_sink(browser, app, subscribe, sink):
    subscribe("ann", "ben")
    with ThreadPoolExecutor(1) as aside:
        aside.submit(local.send, app, DAY).result()
    with serving(make_inbox(sink, shipped.templates_dir())) as address:
        eye = Eye(browser, address)
        number = sink.messages[0].id
        eye.get("/", "inbox")
        eye.get("/?q=nobody", "inbox-empty")
        for tab in ("html", "html?width=phone&scheme=dark", "text", "links", "headers"):
            eye.get(f"/messages/{number}/{tab}", f"inbox-{re.sub(r'[^a-z]+', '-', tab)}")
        eye.get("/messages/999/text", "inbox-missing", 404)
        eye.page.context.close()
