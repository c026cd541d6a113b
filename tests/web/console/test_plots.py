"""The page of plots: each figure drawn and written, for everybody who is signed in."""

import re

import pytest
from lxml import etree

from digest.model import Role
from digest.statistics.tables import TABLES
from digest.web.console.plots import SPANS
from digest.workers import local
from tests.factories import DAY


def test_every_plot_has_its_words_and_its_figures(app, signed_in, subscribe, sink):
    subscribe("ann", "bob")
    local.send(app, DAY)
    app.statistics.keep()
    hand = signed_in(Role.VIEWER)
    page = hand.see("/plots")
    for name in TABLES:
        table = app.statistics.table(name, days=30)
        assert f'id="plot-{name}"' in page
        assert f'src="/admin/plots/{name}.svg?days=30"' in page
        assert all(f">{column.name}" in page for column in table.columns if "&" not in column.name)
    images = re.findall(r'<img [^>]*alt="([^"]*)"', page)
    assert len(images) == len(TABLES)
    assert all(images)
    assert any(alt.startswith("Mails by state. 19 Nov: ") and "sent 2" in alt for alt in images)


@pytest.mark.parametrize("name", TABLES)
def test_each_is_a_document_of_its_own(signed_in, name):
    answer = signed_in(Role.VIEWER).get(f"/admin/plots/{name}.svg?days=7")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'"
    )
    assert etree.fromstring(answer.content).tag.endswith("svg")


def test_days_and_a_paper_can_be_chosen(app, signed_in, subscribe, sink):
    subscribe("ann")
    local.send(app, DAY)
    hand = signed_in(Role.VIEWER)
    paper = app.statistics.table("ranks", days=30).columns[1].name
    page = hand.see("/plots?days=90&paper=1")
    assert '<option value="90" selected>' in page
    assert "/admin/plots/ranks.svg?days=90&amp;paper=1" in page
    assert paper
    for days in SPANS:
        hand.see(f"/plots?days={days}")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/plots?days=31", 404),
        ("/plots?paper=x", 422),
        ("/plots?paper=99999999999", 422),
        ("/plots/nothing.svg", 404),
        ("/plots/ranks.svg?days=100000", 404),
    ],
)
def test_what_cannot_be_drawn_is_said(signed_in, path, status):
    signed_in(Role.VIEWER).see(path, expect=status)


def test_nobody_sees_a_plot_who_is_not_signed_in(signed_in, hand):
    signed_in()
    for path in ("/plots", "/plots/readers.svg"):
        assert hand.get(f"/admin{path}").status_code == 303


def test_a_paper_that_is_unknown_has_no_ranks(signed_in):
    page = signed_in(Role.VIEWER).see("/plots?paper=99999999")
    assert "A paper&#39;s rank over the lists: nothing yet" in page
