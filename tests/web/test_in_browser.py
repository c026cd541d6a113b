"""A reader's whole way in a real browser, and how the pages look in it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes, policy
from itertools import pairwise

import pytest

from digest.ground.tokens.links import Purpose
from digest.model import Cadence, SubscriberState
from digest.subscribers.store import subscribers
from digest.workers import local
from tests.factories import DAY
from tests.render.digest.test_mail_in_browser import LOW_CONTRAST

pytestmark = pytest.mark.browser
NO_NAME = """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
    .filter(field => !field.labels.length).map(field => field.name)"""
HEADINGS = "[...document.querySelectorAll('h1,h2,h3,h4')].map(each => Number(each.tagName[1]))"


def link_in(message, pattern: str) -> str:
    text = message_from_bytes(message.data, policy=policy.default)
    return re.search(
        rf"http://127\.0\.0\.1:8000({pattern})", text.get_body(("plain",)).get_content()
    )[1]


def test_subscribe_confirm_tune_read_leave_and_come_back(browser, site, sink, app, clock, settled):
    page = browser.new_page(java_script_enabled=False)
    page.goto(site)
    clock.now += timedelta(seconds=10)
    page.get_by_label("Compression").check()
    page.get_by_label("Your email address").fill("ann@example.org")
    page.get_by_role("button", name="Subscribe", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "Check your inbox"
    settled()

    page.goto(site + link_in(sink.messages[0], r"/c/[\w-]+"))
    page.get_by_role("button", name="Confirm subscription").click()
    assert page.get_by_role("heading", level=1).inner_text() == "You are subscribed"

    page.get_by_role("link", name="Choose what you receive").click()
    page.get_by_label("How often").select_option("weekly")
    page.get_by_label("Interests in your own words").fill("KV cache eviction")
    page.get_by_label("Time", exact=True).select_option("6")
    page.get_by_label("Time zone").fill("Mars/Base")
    page.get_by_role("button", name="Save").click()
    assert "is not known" in page.locator("#timezone-mistake").inner_text()
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_role("button", name="Save").click()
    assert "Saved." in page.get_by_role("status").inner_text()
    page.get_by_role("link", name="papers for your choices").click()
    assert page.get_by_text("Matches “KV cache eviction”").count() > 0
    with app.database.read() as session:
        found = subscribers.get(session, "ann@example.org")
    assert found.preferences.interests == ("KV cache eviction",)
    assert found.preferences.schedule.cadence is Cadence.WEEKLY

    with ThreadPoolExecutor(1) as aside:  # Playwright runs an event loop in this thread
        aside.submit(local.send, app, DAY).result()
    digest = next(each for each in sink.messages if b"\nList-Id:" in each.data)
    page.goto(site + link_in(digest, r"/v/[\w-]+"))
    assert page.locator(".card").count() >= 5
    page.goto(site + link_in(digest, r"/u/[\w-]+"))
    page.get_by_role("button", name="Unsubscribe").click()
    assert page.get_by_role("heading", level=1).inner_text() == "You are unsubscribed"
    page.get_by_role("button", name="Undo").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Change undone"
    with app.database.read() as session:
        assert subscribers.get(session, "ann@example.org").state is SubscriberState.ACTIVE
    page.close()


@pytest.fixture
def paths(token, app, reader):
    app.editions.open(DAY)
    unsubscribe = f"/u/{token(Purpose.UNSUBSCRIBE)}"
    preferences = f"/p/{token(Purpose.PREFERENCES)}"
    vote = f"/more/{token(Purpose.VOTE, DAY)}/3"
    return [
        *("/", "/archive", f"/archive/{DAY}", "/archive?q=study", "/topics"),
        *("/topics/compression", "/help", "/nowhere", vote),
        *(unsubscribe, preferences, f"{preferences}/erase", f"/v/{token(Purpose.VIEW, DAY)}"),
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_is_readable_and_asks_nobody_else(browser, site, paths, scheme):
    for width in (390, 1280):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        errors: list[str] = []
        page.on("console", lambda message, errors=errors: errors.append(message.text))
        for path in paths:
            page.goto(site + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert page.evaluate(LOW_CONTRAST) == [], path
            assert page.evaluate(NO_NAME) == [], path
            levels = page.evaluate(HEADINGS)
            assert levels[0] == 1, path
            assert levels.count(1) == 1, path
            steps = pairwise(levels)
            assert all(after - before <= 1 for before, after in steps), (path, levels)
        assert all(url.startswith(site) for url in asked)
        assert [text for text in errors if "404" not in text] == []
        page.close()


def test_the_keyboard_reaches_the_content_first_and_sees_where_it_is(browser, site):
    page = browser.new_page()
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.get_by_label("Compression").focus()
    page.keyboard.press("Space")
    assert page.get_by_label("Compression").is_checked()
    page.get_by_label("Your email address").focus()
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.evaluate(outline) == "solid"
    page.close()
