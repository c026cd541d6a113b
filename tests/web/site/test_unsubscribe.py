import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from digest.ground.database.tables.readers import SuppressionRow
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.model import Cadence, SubscriberState
from digest.subscribers.store import erasure, events, subscribers, suppression_keys
from digest.subscribers.store.events import EventKind
from digest.web.pages import make_site
from tests.factories import NOON
from tests.web.serving import serving

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def link(token) -> str:
    return f"/u/{token(Purpose.UNSUBSCRIBE)}"


def kinds(app, reader) -> list[EventKind]:
    with app.database.read() as session:
        return [event.kind for event in events.for_subscriber(session, reader)]


def undo_of(page: str) -> str:
    return re.search(r'action="(/undo/[\w-]+)"', page)[1]


def test_get_and_head_show_one_button_and_change_nothing(web, link, found):
    page = web.get(link)
    assert page.status_code == 200
    assert f'<form method="post" action="{link}">' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    head = web.head(link)
    assert (head.status_code, head.content) == (200, b"")
    assert found().state is SubscriberState.ACTIVE


@pytest.mark.parametrize(
    "body",
    [
        {"data": ONE_CLICK},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b""},
        {"content": b"\xff" * 100_000},
    ],
    ids=["urlencoded", "multipart", "empty", "garbage"],
)
def test_one_click_ends_the_subscription_at_once(web, link, found, app, reader, body):
    answer = web.post(link, **body)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "You are unsubscribed" in answer.text
    assert found().state is SubscriberState.UNSUBSCRIBED
    again = web.post(link, **body)
    assert again.status_code == 200
    assert "You were already unsubscribed" in again.text
    assert kinds(app, reader) == [EventKind.UNSUBSCRIBED]


def test_of_many_at_once_one_does_it(site, link, app, reader):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: httpx.post(site + link, data=ONE_CLICK), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum("You are unsubscribed</h1>" in answer.text for answer in answers) == 1
    assert kinds(app, reader) == [EventKind.UNSUBSCRIBED]


@pytest.mark.parametrize("way", ["get", "post"])
def test_a_wrong_token_names_nobody(web, link, way, token, found):
    wrong = [link[:-1] + ("A" if link[-1] != "A" else "B"), f"/u/{token(Purpose.VIEW)}", "/u/x"]
    for address in (*wrong, "/u/%00", "/u/" + "A" * 5000):
        answer = getattr(web, way)(address)
        assert answer.status_code == 404
        assert "example.org" not in answer.text
    assert found().state is SubscriberState.ACTIVE


def test_an_erased_reader_is_never_told_that_it_worked(web, link, app, reader):
    with app.database.write() as session:
        erasure.erase(session, reader, NOON)
    answer = web.post(link, data=ONE_CLICK)
    assert answer.status_code == 404
    assert "unsubscribed" not in answer.text


def test_links_outlive_a_change_of_keys(web, reader, found):
    signer = LinkSigner([b"a key for the tests only"])
    old = signer.token(Purpose.UNSUBSCRIBE, reader, found().nonce)
    assert web.post(f"/u/{old}").status_code == 200
    assert found().state is SubscriberState.UNSUBSCRIBED


def test_undo_brings_it_back_once(web, link, found, app, reader):
    address = undo_of(web.post(link, data=ONE_CLICK).text)
    assert web.get(address).status_code == 200
    assert found().state is SubscriberState.UNSUBSCRIBED
    answer = web.post(address)
    assert answer.status_code == 200
    assert "You will receive email again" in answer.text
    assert found().state is SubscriberState.ACTIVE
    assert web.post(address).status_code == 404
    assert kinds(app, reader) == [EventKind.UNSUBSCRIBED, EventKind.UNDONE]


def test_undo_never_confirms_what_was_not(web, link, found, app, reader):
    with app.database.write() as session:
        subscribers.set_state(session, reader, SubscriberState.PENDING)
    web.post(undo_of(web.post(link).text))
    assert found().state is SubscriberState.PENDING


def test_undo_works_for_a_week(web, link, clock, found):
    address = undo_of(web.post(link).text)
    clock.now += timedelta(days=8)
    assert web.post(address).status_code == 404
    assert "/undo/" not in web.get(link).text
    assert found().state is SubscriberState.UNSUBSCRIBED


def test_the_link_that_ends_a_subscription_does_not_bring_it_back(web, link, found):
    """It is in every mail, and mails are forwarded; the goodbye page and mail have another one."""
    web.post(link, data=ONE_CLICK)
    for page in (web.get(link), web.post(link), web.post(f"{link}/weekly")):
        assert page.status_code == 200
        assert "/undo/" not in page.text
    assert found().state is SubscriberState.UNSUBSCRIBED


def test_weekly_instead_and_back(web, link, found):
    page = web.post(f"{link}/weekly").text
    assert "From now on, one email a week" in page
    assert found().preferences.schedule.cadence is Cadence.WEEKLY
    assert "already" in web.post(f"{link}/weekly").text
    web.post(undo_of(page))
    assert found().preferences.schedule.cadence is Cadence.DAILY


def test_one_topic_less_and_back(web, link, found):
    assert "Stop following Compression" in web.get(link).text
    page = web.post(f"{link}/less/compression").text
    assert "You no longer follow Compression" in page
    assert list(found().preferences.topics) == ["speech"]
    assert "You were not following" in web.post(f"{link}/less/compression").text
    assert "You were not following" in web.post(f"{link}/less/%3Cb%3E").text
    web.post(undo_of(page))
    assert list(found().preferences.topics) == ["compression", "speech"]


def test_only_the_last_step_can_be_taken_back(web, link, found):
    first = undo_of(web.post(f"{link}/weekly").text)
    web.post(link)
    assert web.post(first).status_code == 404
    assert found().state is SubscriberState.UNSUBSCRIBED


def test_a_suppressed_address_stays_so(web, link, found, app, reader):
    with app.database.write() as session:
        subscribers.set_state(session, reader, SubscriberState.SUPPRESSED)
    answer = web.post(link)
    assert answer.status_code == 200
    assert "already" in answer.text
    assert found().state is SubscriberState.SUPPRESSED


def test_who_has_left_cannot_get_less(web, link, found):
    web.post(link)
    for path in ("/weekly", "/less/compression"):
        assert "You were already unsubscribed" in web.post(link + path).text
    assert found().preferences.schedule.cadence is Cadence.DAILY


def test_nobody_comes_back_after_a_complaint(web, link, found, app):
    address = undo_of(web.post(link).text)
    with app.database.write() as session:
        hashed = suppression_keys.address_hash("ann@example.org")
        session.add(SuppressionRow(address_hash=hashed, reason="complaint", created_at=NOON))
    assert web.post(address).status_code == 404
    assert "/undo/" not in web.get(link).text
    assert found().state is SubscriberState.UNSUBSCRIBED


def test_the_end_can_be_taken_back_after_a_change_of_wishes(web, link, token, found):
    address = undo_of(web.post(link).text)
    web.post(f"/p/{token(Purpose.PREFERENCES)}", data={"topic-code": "1", "cadence": "daily"})
    assert web.post(address).status_code == 200
    assert found().state is SubscriberState.ACTIVE
    assert list(found().preferences.topics) == ["coding"]


def test_what_is_not_there_is_a_page_with_all_headers(web):
    for answer in (web.get("/nowhere"), web.put("/u/x"), web.get("/u/")):
        assert answer.status_code in (404, 405)
        assert "<h1>" in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_our_own_failure_is_a_page_with_all_headers_and_tells_nothing(app, link):
    def clock():
        raise RuntimeError("a secret")

    broken = replace(app, clock=clock, given_database=app.database)
    with serving(make_site(broken)) as address:
        answer = httpx.post(f"{address}{link}")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
