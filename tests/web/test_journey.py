"""A reader's whole way in a real browser: in, tuned, read, out, back, and erased.

Without JavaScript throughout; once with a pointer, once with nothing but the keyboard.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes, policy

import httpx
import pytest

from digest.model import Cadence, SubscriberState
from digest.subscribers.store import subscribers
from digest.workers import local
from tests.factories import DAY
from tests.web.hands import HANDS

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("app", ["sqlite"], indirect=True)]
OURS = "http://127.0.0.1:8000"


def opened(message):
    return message_from_bytes(message.data, policy=policy.default)


def link_in(message, pattern: str) -> str:
    """Return the path of the first link of a mail's text that looks like this."""
    text = opened(message).get_body(("plain",)).get_content()
    found = re.search(rf"{re.escape(OURS)}({pattern})", text)
    assert found, (pattern, text)
    return found[1]


class Journey:
    """One browser window, one reader, and what he looks for on each page."""

    def __init__(self, page, hand, site, app) -> None:
        self.page, self.hand, self.site, self.app = page, hand, site, app

    def open(self, path: str) -> None:
        self.page.goto(self.site + path)

    def heading(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()

    def note(self) -> str:
        return self.page.get_by_role("status").inner_text()

    def reader(self):
        with self.app.database.read() as session:
            return subscribers.get(session, "ann@example.org")

    def state(self) -> SubscriberState:
        return self.reader().state

    def come_back(self) -> None:
        with self.app.database.write() as session:
            subscribers.set_state(session, self.reader().id, SubscriberState.ACTIVE)


@pytest.fixture(params=HANDS)
def journey(request, browser, site, app):
    context = browser.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    yield Journey(page, HANDS[request.param](page), site, app)
    context.close()


def test_in_tuned_read_out_back_and_erased(journey, sink, app, clock, settled):
    preferences = subscribed(journey, sink, clock, settled)
    tuned(journey)
    rested(journey)
    feed_renewed(journey)
    digest = digest_of(journey, sink, app)
    voted(journey, digest, preferences)
    less_instead(journey, digest)
    left_and_back(journey, digest)
    erased(journey, preferences)


def subscribed(journey, sink, clock, settled) -> str:
    journey.open("/")
    clock.now += timedelta(seconds=10)
    journey.hand.check("Compression & quantization")
    journey.hand.fill("Your email address", "ann@example.org")
    journey.hand.press("Subscribe")
    assert journey.heading() == "Check your inbox"
    settled()
    assert len(sink.messages) == 1
    journey.open(link_in(sink.messages[0], r"/c/[\w-]+"))
    assert journey.state() is SubscriberState.PENDING
    journey.hand.press("Confirm subscription")
    assert journey.heading() == "You are subscribed"
    assert journey.state() is SubscriberState.ACTIVE
    settled()
    welcome = opened(sink.messages[1])
    assert welcome["To"] == "ann@example.org"
    assert link_in(sink.messages[1], r"/u/[\w-]+")
    journey.hand.follow("Choose what you receive")
    assert journey.heading() == "Your preferences"
    return journey.page.url.removeprefix(journey.site)


def tuned(journey) -> None:
    journey.hand.fill("Interests in your own words", "KV cache eviction")
    journey.hand.choose("How often", "Monday to Friday")
    journey.hand.press("Preview")
    assert "Not saved yet" in journey.note()
    assert journey.page.get_by_text("Matches “KV cache eviction”").count() > 0
    assert journey.reader().preferences.interests == ()
    journey.hand.fill("Time zone", "Mars/Base")
    journey.hand.press("Save")
    assert "is not known" in journey.page.locator("#timezone-mistake").inner_text()
    journey.hand.fill("Time zone", "Europe/Berlin")
    journey.hand.press("Save")
    assert "Saved." in journey.note()
    found = journey.reader().preferences
    assert found.interests == ("KV cache eviction",)
    assert found.schedule.cadence is Cadence.WEEKDAYS
    assert found.schedule.timezone == "Europe/Berlin"


def rested(journey) -> None:
    journey.hand.date("No email until", (DAY + timedelta(days=30)).isoformat())
    journey.hand.press("Pause")
    assert "Your subscription is paused." in journey.note()
    assert journey.state() is SubscriberState.PAUSED
    journey.hand.press("Resume now")
    assert "Your subscription is active again." in journey.note()
    assert journey.state() is SubscriberState.ACTIVE


def feed_renewed(journey) -> None:
    addresses = "main a[href*='/f/']"
    before = journey.page.locator(addresses).first.get_attribute("href")
    assert httpx.get(journey.site + before).status_code == 200
    journey.hand.press("Create a new address")
    assert "new address" in journey.note()
    after = journey.page.locator(addresses).first.get_attribute("href")
    assert httpx.get(journey.site + before).status_code == 404
    assert httpx.get(journey.site + after).status_code == 200


def digest_of(journey, sink, app):
    with ThreadPoolExecutor(1) as aside:  # Playwright runs an event loop in this thread
        aside.submit(local.send, app, DAY).result()
    digest = next(each for each in sink.messages if b"\nList-Unsubscribe-Post:" in each.data)
    journey.open(link_in(digest, r"/v/[\w-]+"))
    assert journey.page.locator(".card").count() >= 5
    return digest


def voted(journey, digest, preferences: str) -> None:
    votes = link_in(digest, r"/votes/[\w-]+")
    journey.open(votes)
    more, less = (
        journey.page.locator(f"a.vote[href*='/{way}/']").first.get_attribute("href")
        for way in ("more", "less")
    )
    journey.open(more)
    assert journey.heading() == "More like this?"
    journey.hand.press("More like this")
    assert journey.heading() == "Vote saved: more like this"
    journey.open(less)
    journey.hand.press("Less like this")
    assert journey.heading() == "Vote saved: less like this"
    journey.open(preferences)
    journey.hand.press("Delete my votes")
    assert "Your votes have been deleted" in journey.note()


def less_instead(journey, digest) -> None:
    leave = link_in(digest, r"/u/[\w-]+")
    journey.open(leave)
    journey.hand.press("One email a week instead")
    assert journey.reader().preferences.schedule.cadence is Cadence.WEEKLY
    journey.hand.press("Undo")
    assert journey.heading() == "Change undone"
    assert journey.reader().preferences.schedule.cadence is Cadence.WEEKDAYS
    journey.open(leave)
    journey.hand.press("Stop following Compression & quantization")
    assert journey.reader().preferences.topics == {}


def left_and_back(journey, digest) -> None:
    leave = link_in(digest, r"/u/[\w-]+")
    journey.open(leave)
    journey.hand.press("Unsubscribe")
    assert journey.heading() == "You are unsubscribed"
    journey.hand.press("Undo")
    assert journey.heading() == "Change undone"
    assert journey.state() is SubscriberState.ACTIVE

    one_click = re.search(rf"<{OURS}(/[^>]+)>", opened(digest)["List-Unsubscribe"])[1]
    posted = httpx.post(journey.site + one_click, data={"List-Unsubscribe": "One-Click"})
    assert posted.status_code == 200
    assert not posted.cookies
    assert journey.state() is SubscriberState.UNSUBSCRIBED
    journey.open(leave)
    assert journey.heading() == "You are unsubscribed"
    assert journey.page.get_by_role("button", name="Undo").count() == 0  # its link is in the mail
    journey.come_back()
    assert journey.state() is SubscriberState.ACTIVE


def erased(journey, preferences: str) -> None:
    journey.open(preferences)
    journey.hand.follow("Delete my data")
    journey.hand.press("Delete my data")
    assert journey.reader() is None
    journey.open(preferences)
    assert journey.heading() == "Page not found"
