"""The mail as Chromium shows it: contrast, width, headings, without style blocks too."""

import re
import shutil
from dataclasses import replace
from email import message_from_bytes, policy
from functools import cache

import pytest

from digest.ground.languages.catalogues import languages
from digest.model import Layout, MailKind, Pick, Reason, ReasonKind
from tests.render.editions import (
    make_candidate,
    make_edition,
    make_picks,
    make_reader,
    make_renderer,
)
from tests.render.test_transactional import compose

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]

# Contrast of every text with the nearest ground under it (WCAG 2.2, 1.4.3).
LOW_CONTRAST = """() => {
  const numbers = text => text.match(/[0-9.]+/g).map(Number);
  const part = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const color = numbers(getComputedStyle(element).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own) continue;
    const style = getComputedStyle(element);
    const pair = [light(numbers(style.color)), light(ground(element))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    const size = parseFloat(style.fontSize);
    if (ratio < 4.5 || size < 14) low.push([element.className, ratio, size]);
  }
  return low;
}"""
SHOWN = "[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light']"
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def page():
    """One page for all mails: to open one takes Chromium longer than to look at a mail."""
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched.new_page()
        launched.close()


def show(page, html, *, width=640, scheme="light"):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.set_content(html)
    assert page.evaluate(SHOWN) == [width, scheme]


@cache
def standard_mail():
    edition = make_edition(make_candidate(1, title="x" * 300), *make_edition().candidates[1:])
    return make_renderer(edition).html(make_reader(), make_picks(edition))


@cache
def cut_mail():
    edition = make_edition(size=80)
    picks = [Pick(each.paper.id, Reason(ReasonKind.TRENDING)) for each in edition.candidates]
    return make_renderer(edition).html(make_reader(), picks)


@cache
def compact_mail():
    edition = make_edition()
    renderer = make_renderer(edition, language=languages()["de"])
    wishes = replace(make_reader().preferences, layout=Layout.COMPACT)
    return renderer.html(make_reader(preferences=wishes), make_picks(edition))


def notice(kind):
    mail = message_from_bytes(compose(kind, language="de").body, policy=policy.default)
    return mail.get_body(["html"]).get_content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", list(MailKind))
def test_every_notice_is_readable_and_fits_a_phone(page, kind, scheme):
    show(page, notice(kind), width=320, scheme=scheme)
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.evaluate(WIDTH) == 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("make", [standard_mail, cut_mail, compact_mail])
def test_every_text_has_contrast_and_size(page, make, scheme):
    show(page, make(), scheme=scheme)
    assert page.evaluate(LOW_CONTRAST) == []


@pytest.mark.parametrize("make", [standard_mail, compact_mail])
@pytest.mark.parametrize("width", [320, 390, 640, 1200])
def test_nothing_needs_scrolling_sideways(page, width, make):
    show(page, make(), width=width)
    assert page.evaluate(WIDTH) == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_mail_reads_well_without_its_style_blocks(page, scheme):
    bare = re.sub(r"<style.*?</style>", "", standard_mail(), flags=re.DOTALL)
    show(page, bare, width=320, scheme=scheme)
    assert page.evaluate(WIDTH) == 320
    assert page.evaluate(LOW_CONTRAST) == []


def test_a_thumb_hits_each_vote_and_names_tell_links_apart(page):
    show(page, standard_mail(), width=390)
    votes = page.evaluate(
        "[...document.querySelectorAll('.vote')].map(a => a.getBoundingClientRect().toJSON())"
    )
    assert len(votes) == 20
    assert all(each["height"] >= 44 for each in votes)
    for more, less in zip(votes[::2], votes[1::2], strict=True):
        assert more["top"] == less["top"]
        assert less["left"] >= more["right"]
    links = page.evaluate("[...document.links].map(a => [a.innerText, a.href, a.className])")
    targets = {}
    for name, target, kind in links:
        if kind != "vote" and name not in ("Code", "Project"):
            assert targets.setdefault(name, target) == target
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    assert page.evaluate("document.querySelectorAll('h2.title').length") == 3


def test_a_phone_shows_the_first_summary_and_ten_papers_in_three_screens(page):
    edition = make_edition()
    html = make_renderer(edition).html(make_reader(), make_picks(edition))
    show(page, html, width=390)
    first = page.evaluate("document.querySelector('.card p').getBoundingClientRect().top")
    assert first < 400
    assert page.evaluate("document.documentElement.scrollHeight") < 3 * 844
