"""The sign-up form in a real browser: address first, the browser's zone, the order of keys."""

from datetime import timedelta

import pytest

from digest.subscribers.store import subscribers
from tests.factories import DAY
from tests.web.hands import FOCUSED

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("app", ["sqlite"], indirect=True)]


@pytest.mark.parametrize("script", [True, False])
def test_the_browsers_zone_is_offered_and_the_services_own_without_script(browser, site, script):
    context = browser.new_context(timezone_id="America/Toronto", java_script_enabled=script)
    page = context.new_page()
    page.goto(site)
    field = page.get_by_label("Time zone")
    assert field.input_value() == ("America/Toronto" if script else "UTC")
    field.fill("Europe/Vienna")
    page.get_by_role("button", name="See what would have come").click()
    page.get_by_role("heading", name="Before you subscribe").wait_for()
    assert page.get_by_label("Time zone").input_value() == "Europe/Vienna"
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_address_comes_first_for_eyes_and_keys(browser, site, app, width):
    app.editions.open(DAY)
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(site)
    order = []
    for _ in range(64):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        assert at["seen"], at
        order.append(at["name"])
    form = order[order.index("Your email address") :]
    assert form[:4] == [
        *("Your email address", "Subscribe", "Interests in your own words"),
        "Efficient inference & serving",
    ]
    last = form.index("See what would have come")
    assert form[last - 3 : last + 2] == [
        *("every day", "Time", "Time zone"),
        *("See what would have come", "Subscribe with these choices"),
    ]
    address = page.get_by_label("Your email address").bounding_box()
    assert address["y"] + address["height"] < 844
    page.close()


def test_the_day_of_the_week_is_asked_only_for_a_weekly_mail(browser, site, app, clock, settled):
    page = browser.new_page(java_script_enabled=False)
    page.goto(site)
    day = page.get_by_label("Day of the weekly email")
    assert not day.is_visible()
    page.get_by_label("once a week").check()
    assert day.is_visible()
    day.select_option("friday")
    page.get_by_label("Your email address").fill("otto@@example")
    clock.now += timedelta(seconds=10)
    page.get_by_role("button", name="Subscribe", exact=True).click()
    assert "more than one @" in page.locator("#email-mistake").inner_text()
    page.get_by_label("Your email address").fill("otto@example.org")
    page.get_by_role("button", name="Subscribe with these choices").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Check your inbox"
    page.close()
    settled()
    with app.database.read() as session:
        found = subscribers.get(session, "otto@example.org").preferences.schedule
    assert (found.cadence, found.weekday) == ("weekly", 4)
