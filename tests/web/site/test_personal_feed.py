import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from digest.ground.tokens.links import Purpose
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.papers import ingest
from digest.subscribers import unsubscribe, votes
from digest.subscribers.links import bindings
from digest.workers import local
from tests.dumps import make_dump
from tests.factories import DAY, NOON
from tests.web.test_scanner import everything

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def page(token) -> str:
    return f"/p/{token(Purpose.PREFERENCES)}"


@pytest.fixture
def feed(web, page):
    """Return the address that the reader's page shows now."""

    def look(kind: str = "atom") -> str:
        return re.search(rf'href="(/f/[\w-]+/feed\.{kind})"', web.get(page).text)[1]

    return look


def titles(web, address: str) -> list[str]:
    root = ElementTree.fromstring(web.get(address).content)  # noqa: S314
    return [entry.findtext(f"{ATOM}title") for entry in root.iter(f"{ATOM}entry")]


@pytest.mark.parametrize("kind", ["atom", "rss", "json"])
def test_the_feed_is_for_one_reader_and_no_shared_cache(web, feed, kind):
    address = feed(kind)
    answer = web.get(address)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert "last-modified" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert "You follow Compression" in answer.text
    etag = answer.headers["etag"]
    again = web.get(address, headers={"If-None-Match": f"W/{etag}"})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "private, no-cache"
    dated = {"If-Modified-Since": "Fri, 20 Nov 2026 00:00:00 GMT"}
    assert web.get(address, headers=dated).status_code == 200


def test_the_feed_opens_nothing_and_names_nobody(web, feed, token):
    for kind in ("atom", "rss", "json"):
        text = web.get(feed(kind)).text
        assert "example.org" not in text
        assert not re.search(r"/(p|u|v|more|less|undo|c)/", text)
    for purpose in (Purpose.PREFERENCES, Purpose.VIEW):
        assert web.get(f"/f/{token(purpose, DAY)}/feed.atom").status_code == 404


def test_it_has_what_the_mails_brought_and_what_the_newest_edition_would(
    web, feed, app, clock, tmp_path
):
    foreseen = titles(web, feed())
    local.send(app, DAY)
    assert titles(web, feed()) == foreseen
    after = DAY + timedelta(days=1)
    dump = tmp_path / "next.txt"
    dump.write_text(make_dump(20, after, seed=2), encoding="utf-8")
    ingest.ingest(
        app.database, [dump], now=NOON, given=after, classify=app.files.classifier.classify
    )
    clock.now += timedelta(days=1)
    both = titles(web, feed())
    assert both[-len(foreseen) :] == foreseen
    assert len(both) > len(foreseen)
    assert len(set(both)) == len(both)


def test_it_follows_the_wishes_at_once(web, feed, page):
    address = feed()
    etag = web.get(address).headers["etag"]
    form = {"topic-code": "1", "hour": "7", "timezone": "UTC", "cadence": "daily"}
    saved = web.post(page, data={**form, "weekday": "monday", "max_papers": "3"})
    assert "Saved." in saved.text
    changed = web.get(address, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert len(titles(web, address)) == 3


def test_a_new_address_ends_the_old_one(web, feed, page, app):
    first = feed()
    before = everything(app)
    assert web.get(f"{page}/renew-feed").status_code == 405
    assert everything(app) == before
    assert "new address" in web.post(f"{page}/renew-feed").text
    second = feed()
    assert second != first
    assert web.get(first).status_code == 404
    assert "preferences" in web.get(first).text
    assert web.get(second).status_code == 200
    web.post(f"{page}/renew-feed")
    assert web.get(second).status_code == 404


def test_reading_changes_nothing_and_goes_on_without_mail(web, feed, app, reader, clock):
    address = feed()
    unsubscribe.unsubscribe(app.database, reader, clock.now, tell=False)
    before = everything(app)
    assert web.get(address).status_code == web.head(address).status_code == 200
    assert everything(app) == before


def test_an_erased_reader_has_no_feed(web, feed, page):
    address = feed()
    web.post(f"{page}/erase")
    assert web.get(address).status_code == 404


def test_an_address_outlives_a_change_of_keys_and_is_refused_when_altered(
    web, feed, app, reader, found
):
    nonce = found().nonce
    old = TokenSigner([b"an older key of the tests"]).sign(TokenPurpose.FEED, reader, 0, nonce)
    assert web.get(f"/f/{old}/feed.atom").status_code == 404
    address = feed()
    both = TokenSigner([b"a newer key of the tests", *app.settings.keys])
    named = both.read(TokenPurpose.FEED, address.split("/")[2], bindings(app.database))
    assert named == (reader, 0)
    for wrong in (address.replace("/f/", "/f/A"), "/f/x/feed.atom", "/f/x/feed.csv"):
        assert web.get(wrong).status_code in (404, 422)


def test_votes_can_be_forgotten(web, page, app, reader, feed):
    assert "No votes yet" in web.get(page).text
    assert "no votes to delete" in web.post(f"{page}/forget-votes").text
    votes.vote(app.database, reader, 3, 1, now=NOON)
    assert "voted on 1 paper" in web.get(page).text
    assert web.get(f"{page}/forget-votes").status_code == 405
    assert "Your votes have been deleted" in web.post(f"{page}/forget-votes").text
    assert votes.votes_of(app.database, reader) == []
    web.post(f"{page}/erase")
    for way in ("forget-votes", "renew-feed"):
        assert web.post(f"{page}/{way}").status_code == 404
