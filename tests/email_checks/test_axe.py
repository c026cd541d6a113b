"""axe-core, with all its rules, on every mail in Chromium, within a page as mail programs have it.

Light and dark, 320, 390 and 680 px, with and without its style blocks; no image is ever loaded.
Every rule is tried in each scheme, at each width and in each dress; those that colours or sizes can
break are tried in every way.
"""

import re
import shutil
from itertools import product

import pytest

from tests.email_checks import mails
from tests.email_checks.conftest import MODULES
from tests.render.editions import TEMPLATES, make_edition, make_picks, make_reader, make_renderer

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
AXE = MODULES / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.skipif(not AXE.is_file(), reason="npm ci was not run in tests/node"),
]
SCHEMES, WIDTHS, DRESSES = ("light", "dark"), (320, 390, 680), ("styled", "bare")
EVERY_WAY = tuple(product(SCHEMES, WIDTHS, DRESSES))
# Together they have every pair of a scheme, a width and a dress.
A_FEW_WAYS = (
    ("light", 320, "styled"),
    ("dark", 320, "bare"),
    ("light", 390, "bare"),
    ("dark", 390, "styled"),
    ("light", 680, "styled"),
    ("dark", 680, "bare"),
)
EVERY_RULE = {("light", 320, "styled"), ("dark", 390, "styled"), ("dark", 680, "bare")}
RULES_OF_LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]
STYLE_BLOCK = re.compile(r"<style.*?</style>", re.DOTALL)
# What passed, and selectors, nobody reads here.
BRIEFLY = {"reporter": "no-passes", "selectors": False, "iframes": False}
# The landmarks are the page's: a mail within it has none of its own.
BODY = re.compile(r"(<body[^>]*>)(.*)(</body>)", re.DOTALL)
VIOLATIONS = """async options => {
  const found = await axe.run(document, options);
  return found.violations.map(
    each => [each.id, each.help, each.nodes.map(node => node.html.slice(0, 200))]);
}"""


@pytest.fixture(scope="module")
def context():
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        context = launched.new_context(offline=True)
        context.route("**/*", lambda route: route.abort())
        context.add_init_script(path=AXE)  # in each page; to hand it over each time is far dearer
        yield context
        launched.close()


@pytest.fixture(scope="module")
def page(context):
    """One page for all mails: to open one takes Chromium longer than to look at a mail."""
    return context.new_page()


def ways(name):
    return EVERY_WAY if name in mails.LOOKED_AT_CLOSELY else A_FEW_WAYS


def in_mail_program(html):
    return BODY.sub(r"\1<main>\2</main>\3", html)


def violations(page, scheme, width, dress):
    options = BRIEFLY
    if (scheme, width, dress) not in EVERY_RULE:
        options = {**BRIEFLY, "runOnly": RULES_OF_LOOKS, "preload": False}
    return page.evaluate(VIOLATIONS, options)


@pytest.mark.parametrize("name", mails.SHOWN)
def test_axe_finds_no_violation(name, page):
    html = in_mail_program(mails.mail(name).part("html"))
    for dress in DRESSES:
        page.set_content(html if dress == "styled" else STYLE_BLOCK.sub("", html))
        for scheme, width, _ in (way for way in ways(name) if way[2] == dress):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            assert violations(page, scheme, width, dress) == [], (scheme, width, dress)
            assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(
    ("file", "old", "new", "scheme"),
    [
        ("look/inline.css", "{{ theme.light.muted }}", "#9a9fa4", "light"),
        ("look/dark.css", "{{ theme.dark.warm }}", "#552200", "dark"),
    ],
)
def test_axe_sees_a_template_with_too_little_contrast(page, file, old, new, scheme):
    assert old in TEMPLATES[file]
    edition = make_edition()
    templates = {**TEMPLATES, file: TEMPLATES[file].replace(old, new)}
    html = make_renderer(edition, templates=templates).html(make_reader(), make_picks(edition))
    page.set_content(in_mail_program(html))
    page.emulate_media(color_scheme=scheme)
    for width in WIDTHS:
        found = violations(page, scheme, width, "styled")
        assert [rule for rule, *_ in found] == ["color-contrast"]
