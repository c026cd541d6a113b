"""The lab in the console: opened and closed by owners, read by all, and what it says is true."""

from datetime import timedelta

import pytest

from digest.accounts import audit
from digest.delivery.store import reasons
from digest.ground.database.tables.delivery import DeliveryRow, EditionRow
from digest.ground.database.tables.lab import LabCountRow, LabRow
from digest.lab import counting, opening
from digest.lab.standing import stand
from digest.model import Role, Team
from digest.subscribers import votes
from digest.web.console.lab import plot_of
from digest.web.console.plot_svg import draw
from digest.workers import local
from tests.factories import DAY
from tests.lab.conftest import WISHES

FIELDS = {"name": "spring", "a": "match", "b": "trend", "planned": "6000"}


def add_counts(app, *counts):
    """Count made-up editions of the newest lab, a day after the other."""
    with app.database.write() as session:
        lab_id = session.query(LabRow.id).order_by(LabRow.id.desc()).limit(1).scalar()
        for number, (a, b, ties) in enumerate(counts):
            day = DAY + timedelta(days=number)
            moment = app.clock() + timedelta(days=number)
            row = EditionRow(date=day, opened_at=moment, sends_at=moment, domain="x.org")
            session.add(row)
            session.flush()
            session.add(LabCountRow(lab_id=lab_id, edition_id=row.id, a=a, b=b, ties=ties))


def test_owners_open_and_close_it_and_the_log_says_so(app, signed_in):
    owner = signed_in()
    page = owner.see("/lab")
    assert "Nobody has agreed to take part yet." in page
    assert "Open the lab" in page
    owner.send_form("/lab", **FIELDS)
    page = owner.see("/lab?done=opened")
    assert "It begins with the next edition that is opened." in page
    assert "spring: open" in page
    assert "Open the lab" not in page
    owner.send_form("/lab/close")
    assert "spring: closed" in owner.see("/lab")
    logged = audit.entries(app.database, below=None, account="", subject="lab")
    assert [(one.action, one.after["name"]) for one in logged] == [
        ("lab.close", "spring"),
        ("lab.open", "spring"),
    ]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_others_see_it_and_change_nothing(app, signed_in, role):
    hand = signed_in(role)
    assert "Open the lab" not in hand.see("/lab")
    hand.send_form("/lab", 403, **FIELDS)
    opening.open_lab(app.database, "spring", "match", "trend", now=app.clock())
    page = hand.see("/lab")
    assert "spring: open" in page
    assert "Close the lab" not in page
    hand.send_form("/lab/close", 403)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"b": "match"}, "A lab compares two rankings"),
        ({"a": "nothing"}, "There is no ranking"),
        ({"planned": "many"}, "A lab is planned for 100 to 1,000,000"),
        ({"planned": "99999999999"}, "A lab is planned for 100 to 1,000,000"),
        ({"name": ""}, "The name of a lab"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(signed_in, changes, words):
    owner = signed_in()
    answer = owner.send_form("/lab", 422, **{**FIELDS, **changes})
    assert words in answer.text
    assert 'value="match" selected' in answer.text or changes.get("a") == "nothing"


def test_it_says_who_is_ahead_how_sure_and_how_many_more(app, signed_in, subscribe):
    subscribe("ann", "bob", lab="yes", **WISHES)
    opening.open_lab(app.database, "spring", "match", "trend", now=app.clock())
    assert local.send(app, DAY)
    for name, team in (("ann", Team.A), ("bob", Team.B)):
        cast(app, name, team)
    app.clock.now += timedelta(days=1)
    counting.count(app.database, app.clock())
    page = signed_in(Role.VIEWER).see("/lab")
    assert "Neither ranking is ahead." in page
    assert "<dt>Readers who take part</dt><dd>2</dd>" in page
    assert "<dt>Mails with a vote</dt><dd>2</dd>" in page


def cast(app, name, team):
    with app.database.read() as session:
        key, packed = (
            session.query(DeliveryRow.subscriber_id, DeliveryRow.picks)
            .order_by(DeliveryRow.subscriber_id)
            .offset(["ann", "bob"].index(name))
            .limit(1)
            .one()
        )
    paper = next(paper for paper, its in reasons.teams_of(packed).items() if its is team)
    votes.vote(app.database, key, paper, 1, now=app.clock())


def test_the_plot_is_of_the_days_in_the_table(app, signed_in):
    opening.open_lab(app.database, "spring", "match", "trend", now=app.clock(), planned=500)
    add_counts(app, *[(30, 20, 10)] * 12)
    viewer = signed_in(Role.VIEWER)
    page = viewer.see("/lab")
    assert "match is ahead: of 100 mails with a vote it wins 16.7 more than the other one." in page
    assert page.count('<td class="figure">30</td>') == 12
    lab_id = stand(app.database).lab.id
    drawing = viewer.get(f"/admin/lab/{lab_id}/lead.svg")
    assert drawing.headers["content-type"] == "image/svg+xml"
    assert "no-store" in drawing.headers["cache-control"]
    assert drawing.content == draw(plot_of(stand(app.database)))
    assert b"<svg" in drawing.content
    assert viewer.get(f"/admin/lab/{lab_id + 1}/lead.svg").status_code == 404


def test_an_old_lab_is_shown_by_its_name(app, signed_in):
    for name in ("first & last", "second"):
        opening.open_lab(app.database, name, "match", "trend", now=app.clock())
        opening.close_lab(app.database, now=app.clock())
    viewer = signed_in(Role.VIEWER)
    page = viewer.see("/lab")
    assert "second: closed" in page
    assert "/admin/lab?name=first%20%26%20last" in page
    assert "first &amp; last: closed" in viewer.see("/lab?name=first%20%26%20last")
    viewer.see("/lab?name=third", 404)
