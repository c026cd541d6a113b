"""axe-core on every mail in Chromium: light and dark, wide and narrow, bare, without images."""

import re
import shutil

import pytest

from tests.email_checks import mails
from tests.email_checks.conftest import NODE

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
AXE = NODE / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.skipif(not AXE.is_file(), reason="npm ci was not run in tests/node"),
]
WIDTHS = (320, 390, 680)
STYLE_BLOCK = re.compile(r"<style.*?</style>", re.DOTALL)
VIOLATIONS = """async () => (await axe.run(document)).violations.map(
  each => [each.id, each.help, each.nodes.map(node => node.html.slice(0, 200))])"""


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


@pytest.fixture
def show(browser):
    """A function that opens a page with axe-core in it; nothing is fetched, images included."""
    context = browser.new_context(offline=True)
    context.route("**/*", lambda route: route.abort())

    def opened(html, scheme):
        page = context.new_page()
        page.emulate_media(color_scheme=scheme)
        page.set_content(html)
        page.evaluate(AXE.read_text("utf-8"))
        return page

    yield opened
    context.close()


@pytest.mark.parametrize("styled", [True, False], ids=["styled", "bare"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(name, mail, show, scheme, styled):
    html = mail.part("html")
    if not html:
        return
    page = show(html if styled else STYLE_BLOCK.sub("", html), scheme)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(VIOLATIONS) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
