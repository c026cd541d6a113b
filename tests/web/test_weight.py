"""The home page is light, stands still while it loads, and asks nobody else."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("app", ["sqlite"], indirect=True)]
MOST_BYTES = 60_000
SHIFTS = """() => new Promise(done => new PerformanceObserver((list, observer) => {
  observer.disconnect();
  done(list.getEntries().reduce((sum, entry) => sum + entry.value, 0));
}).observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 300))"""


@pytest.mark.parametrize("width", [390, 1280])
def test_the_home_page_takes_less_than_60_kb_in_all(browser, site, app, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(site, wait_until="networkidle")
    assert all(answer.url.startswith(site) for answer in answers)
    weights = {answer.url: sum(_parts(answer)) for answer in answers}
    assert len(weights) >= 2
    assert sum(weights.values()) < MOST_BYTES, weights
    assert page.evaluate(SHIFTS) < 0.01
    assert page.locator("script").count() == 1  # which offers the time zone
    page.close()


def _parts(answer) -> list[int]:
    sizes = answer.request.sizes()
    return [sizes["responseBodySize"], sizes["responseHeadersSize"]]


def test_what_a_page_loads_is_kept_for_a_year_and_has_its_version_in_its_address(web):
    home = web.get("/").text
    for address in re.findall(r'<link rel="(?:icon|stylesheet)" href="([^"]+)"', home):
        answer = web.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert re.search(r"\?v=[0-9a-f]{12}$", address), address
    assert not re.search(r"<script(?![^>]* defer)", home)
