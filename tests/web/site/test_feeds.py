from xml.etree import ElementTree

import pytest

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize("place", ["", "/topics/compression"])
@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("atom", "application/atom+xml; charset=utf-8"),
        ("rss", "application/rss+xml; charset=utf-8"),
        ("json", "application/feed+json"),
    ],
)
def test_each_feed_is_there_and_not_sent_twice(web, place, kind, media_type):
    answer = web.get(f"{place}/feed.{kind}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    etag, modified = answer.headers["etag"], answer.headers["last-modified"]
    assert modified == "Thu, 19 Nov 2026 00:00:00 GMT"
    for condition in (
        {"If-None-Match": etag},
        {"If-None-Match": f'"other", W/{etag}'},
        {"If-Modified-Since": modified},
    ):
        again = web.get(f"{place}/feed.{kind}", headers=condition)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    for condition in (
        {"If-None-Match": '"other"', "If-Modified-Since": modified},
        {"If-Modified-Since": "Wed, 18 Nov 2026 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
        {"If-Modified-Since": "Thu, 01 Jan 999999999999999999999999 00:00:00 GMT"},
    ):
        assert web.get(f"{place}/feed.{kind}", headers=condition).status_code == 200


def test_a_feed_has_the_papers(web):
    root = ElementTree.fromstring(web.get("/feed.atom").content)  # noqa: S314
    assert len(root.findall(f"{ATOM}entry")) == 30
    assert len(web.get("/feed.json").json()["items"]) == 30


def test_other_feeds_are_missing(web):
    assert web.get("/feed.csv").status_code == 404
    assert web.get("/topics/astrology/feed.atom").status_code == 404
