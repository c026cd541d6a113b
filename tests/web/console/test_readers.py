"""Readers in the console: found by those who may, changed by editors, erased by owners."""

import csv
import html
import io
import logging
import re
from datetime import date

import pytest

from digest.accounts import audit
from digest.model import Origin, Role, SubscriberState
from digest.statistics import growth
from digest.subscribers import (
    subscriptions,
    suppression,
    unsubscribe,
    update_preferences,
)
from digest.subscribers.files.import_order import ImportOrder
from digest.subscribers.files.importing import import_file
from digest.workers import local
from tests.factories import DAY

ANN = "ann@example.org"
DATE = re.compile(r"until (<[^>]*>)?2026-12-24")


@pytest.fixture
def ann(app, subscribe) -> int:
    subscribe("ann", "bob")
    return subscriptions.find(app.database, ANN).id


def state_of(app, reader: int) -> str:
    return unsubscribe.get(app.database, reader).state.value


def newest(app):
    return audit.entries(app.database)[0]


def test_who_is_not_signed_in_sees_no_reader(hand, signed_in, ann):
    signed_in(Role.OWNER)
    for path in ("", f"/{ann}", f"/{ann}/why", "/growth", "/import"):
        answer = hand.get(f"/admin/readers{path}")
        assert answer.status_code == 303
        assert "/sign-in" in answer.headers["location"]


def test_an_editor_finds_a_reader_and_the_address_is_in_no_url_and_no_log(
    app, signed_in, ann, caplog
):
    editor = signed_in(Role.EDITOR)
    with caplog.at_level(logging.DEBUG):
        answer = editor.send_form("/readers/search", expect=200, search="ann@ex")
    assert ANN in answer.text
    assert "bob@example.org" not in answer.text
    assert f"/admin/readers/{ann}" in answer.text
    ours = [record for record in caplog.records if not record.name.startswith(("http", "sql"))]
    assert "ann@" not in "\n".join(record.getMessage() for record in ours)
    led = editor.send_form("/readers/search", search="@example.org", state="active")
    assert led.headers["location"].endswith("/readers?state=active&search=%40example.org")
    page = editor.see("/readers?state=active&search=@example.org")
    assert "2 readers" in page
    assert ANN in page
    assert "none of" in editor.see("/readers?state=sleepy", 422)


def test_a_viewer_sees_masked_addresses_and_searches_by_none(app, signed_in, ann):
    viewer = signed_in(Role.VIEWER)
    for path in ("/readers", f"/readers/{ann}", f"/readers/{ann}/why"):
        page = viewer.see(path)
        assert "a…@example.org" in page
        assert ANN not in page
    answer = viewer.send_form("/readers/search", expect=422, search="ann@example.org")
    assert "by a number or by a @domain" in answer.text
    assert "/suppress" not in viewer.see(f"/readers/{ann}")
    for action in (
        "resend",
        "pause",
        "resume",
        "unsubscribe",
        "suppress",
        "lift",
        "link",
        "wishes",
    ):
        viewer.send_form(f"/readers/{ann}/{action}", expect=403)
    signed_in(Role.EDITOR).send_form(f"/readers/{ann}/erase", expect=403, number=ann)
    viewer.send_form("/readers/export", expect=403)
    assert state_of(app, ann) == "active"


def test_pages_lead_to_the_older_readers(app, signed_in, subscribe):
    subscribe(*(f"reader{number:02}" for number in range(60)))
    editor = signed_in(Role.EDITOR)
    page = editor.see("/readers")
    assert "reader59@" in page
    assert "reader09@" not in page
    assert "60 readers" in page
    assert "reader09@" in editor.see("/readers?after=11")
    answer = editor.send_form("/readers/search", expect=200, search="reader", after=11)
    assert "reader09@" in answer.text


def test_a_reader_is_paused_resumed_suppressed_and_let_in_again(app, signed_in, ann):
    editor = signed_in(Role.EDITOR)
    editor.send_form(f"/readers/{ann}/pause", until="2026-12-24")
    assert newest(app).before == {"state": "active"}
    assert newest(app).after == {"state": "paused", "until": "2026-12-24"}
    assert "paused" in editor.see(f"/readers/{ann}?done=paused")
    refused = editor.send_form(f"/readers/{ann}/pause", expect=422, until="2020-01-01")
    assert "within the next year" in refused.text
    editor.send_form(f"/readers/{ann}/resume")
    assert state_of(app, ann) == "active"
    editor.send_form(f"/readers/{ann}/suppress", expect=422, reason=" ")
    editor.send_form(f"/readers/{ann}/suppress", reason="wrote that they mind")
    assert state_of(app, ann) == "suppressed"
    assert suppression.find(app.database, ANN).source == "console"
    page = editor.see(f"/readers/{ann}")
    assert "wrote that they mind" in page
    editor.send_form(f"/readers/{ann}/lift")
    assert state_of(app, ann) == "unsubscribed"
    asked = {entry.action for entry in audit.entries(app.database)}
    assert {"reader.pause", "reader.resume", "reader.suppress", "reader.lift"} <= asked
    assert ANN not in str(audit.entries(app.database))


def test_the_date_of_a_pause_is_told_of_nobody_who_is_not_paused(app, signed_in, ann):
    editor = signed_in(Role.EDITOR)
    editor.send_form(f"/readers/{ann}/pause", until="2026-12-24")
    for path in (f"/readers/{ann}", "/readers"):
        assert DATE.search(editor.see(path))
    editor.send_form(f"/readers/{ann}/suppress", reason="wrote that they mind")
    assert newest(app).before == {"state": "paused", "until": "2026-12-24"}
    assert newest(app).after == {"state": "suppressed"}
    for path in (f"/readers/{ann}", "/readers"):
        assert not DATE.search(editor.see(path))


def test_undoing_the_end_of_a_pause_goes_on_with_it(app, ann, clock):
    update_preferences.pause(app.database, ann, "2026-12-24", clock())
    step = unsubscribe.unsubscribe(app.database, ann, clock())
    assert unsubscribe.get(app.database, ann).resumes_on is None
    found = unsubscribe.undo(app.database, ann, step.undo, clock())
    assert (found.state, found.resumes_on) == (SubscriberState.PAUSED, date(2026, 12, 24))


def test_a_reader_is_unsubscribed_and_told_only_if_wanted(app, signed_in, ann, settled, sink):
    editor = signed_in(Role.EDITOR)
    editor.send_form(f"/readers/{ann}/unsubscribe")
    settled()
    assert state_of(app, ann) == "unsubscribed"
    bob = subscriptions.find(app.database, "bob@example.org").id
    editor.send_form(f"/readers/{bob}/unsubscribe", tell="yes")
    settled()
    assert [mail.recipients for mail in sink.messages] == [("bob@example.org",)]


def test_the_newest_mail_is_sent_again_with_the_same_bytes(app, signed_in, ann, sink):
    editor = signed_in(Role.EDITOR)
    refused = editor.send_form(f"/readers/{ann}/resend", expect=422)
    assert "could be sent again" in refused.text
    local.send(app, DAY)
    first = {mail.recipients[0]: mail.data for mail in sink.messages}
    editor.send_form(f"/readers/{ann}/resend")
    assert "on its way" in editor.send_form(f"/readers/{ann}/resend", expect=422).text
    local.send(app, DAY)
    again = sink.messages[len(first) :]
    assert [(mail.recipients[0], mail.data) for mail in again] == [(ANN, first[ANN])]


def test_the_page_tells_what_happened_and_why_each_paper_came(app, signed_in, ann):
    local.send(app, DAY)
    editor = signed_in(Role.EDITOR)
    page = editor.see(f"/readers/{ann}")
    assert "digest: sent" in page
    assert "topic " in page
    assert "250" in page
    why = editor.see(f"/readers/{ann}/why")
    assert "picked" in why or "because" in why.lower() or "topic" in why
    assert "trend" in why


def test_the_story_begins_with_how_somebody_came(app, signed_in, clock):
    brought = {"state": SubscriberState.ACTIVE, "now": clock(), "origin": Origin.IMPORT}
    texts = {"email": "cy@example.org"}
    vocabulary = app.topics.in_force.vocabulary
    reader = subscriptions.add(app.database, texts, vocabulary, **brought).id
    page = signed_in(Role.VIEWER).see(f"/readers/{reader}")
    assert "event: came" in page
    assert "by: import" in page


def test_wishes_are_changed_by_the_form_of_the_preferences(app, signed_in, ann):
    editor = signed_in(Role.EDITOR)
    page = editor.see(f"/readers/{ann}/wishes")
    assert 'name="topic-compression"' in page
    fields = {"topic-speech": "1", "weight-speech": "2", "interests": "small models"}
    more = {"timezone": "Europe/Berlin", "hour": "8", "cadence": "weekly", "weekday": "friday"}
    rest = {"max_papers": "5", "layout": "compact", "summaries": "3", "language": "en"}
    wrong = editor.send_form(
        f"/readers/{ann}/wishes", expect=422, **fields, **more, **rest, empty_day="never"
    )
    assert "Not saved yet" in wrong.text
    assert "small models" in wrong.text
    editor.send_form(f"/readers/{ann}/wishes", **fields, **more, **rest, empty_day="skip")
    after = unsubscribe.get(app.database, ann).preferences
    assert (dict(after.topics), after.interests, after.schedule.hour) == (
        {"speech": 2.0},
        ("small models",),
        8,
    )
    assert "topics" in newest(app).after["changed"]
    page = editor.see(f"/readers/{ann}")
    assert "changed preferences" in page
    assert "<dd>Speech (a lot)</dd>" in page


def test_wishes_are_said_in_words_and_only_those_that_matter(app, signed_in, ann):
    editor = signed_in(Role.EDITOR)
    page = html.unescape(editor.see(f"/readers/{ann}"))
    names = app.topics.in_force.topic_names
    assert f"<dd>{names['compression']}, {names['speech']}</dd>" in page
    assert "<dd>every day</dd>" in page
    assert "Day of the weekly email" not in page
    for path in (f"/readers/{ann}", f"/readers/{ann}/wishes"):
        assert "in your own words" not in editor.see(path)


def test_a_preferences_link_is_shown_once_and_works(app, signed_in, ann, web):
    editor = signed_in(Role.EDITOR)
    answer = editor.send_form(f"/readers/{ann}/link", expect=200)
    token = answer.text.partition("/p/")[2].partition("<")[0]
    assert "until the reader is erased" in answer.text
    assert web.get(f"/p/{token}").status_code == 200
    assert token not in editor.see(f"/readers/{ann}")
    assert newest(app).action == "reader.link"
    assert token not in str(newest(app))


def test_erasing_wants_the_number_and_leaves_nobody(app, signed_in, ann):
    owner = signed_in(Role.OWNER)
    refused = owner.send_form(f"/readers/{ann}/erase", expect=422, number="1234")
    assert "type the number" in refused.text
    assert state_of(app, ann) == "active"
    done = owner.send_form(f"/readers/{ann}/erase", number=f"#{ann}")
    assert done.headers["location"].endswith("/readers?done=erased")
    owner.see(f"/readers/{ann}", 404)


def test_every_change_wants_the_token_of_its_session(app, signed_in, ann):
    owner = signed_in(Role.OWNER)
    for path in ("pause", "suppress", "erase", "wishes", "link"):
        answer = owner.post(f"/admin/readers/{ann}/{path}", data={"number": ann, "csrf": "0" * 64})
        assert answer.status_code == 403
    assert owner.post("/admin/readers/export", data={"csrf": ""}).status_code == 403
    assert state_of(app, ann) == "active"


def test_an_owner_takes_the_list_along_and_that_is_logged(app, signed_in, ann):
    owner = signed_in(Role.OWNER)
    answer = owner.send_form("/readers/export", expect=200, state="active")
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["email"] for row in rows] == [ANN, "bob@example.org"]
    assert rows[0]["topics"] == "compression:1.0;speech:1.0"
    entry = newest(app)
    assert (entry.action, entry.asked, entry.after) == (
        "readers.export",
        {"state": "active"},
        {"readers": 2},
    )


def test_an_import_of_all_who_were_handed_out_adds_nobody_who_has_left(
    app, signed_in, subscribe, clock, tmp_path
):
    subscribe("ann", "bob", "cy", "dan")
    ids = {one.address[:3]: one.id for one in subscriptions.iter_all(app.database)}
    suppression.suppress(app.database, ANN, "wrote that they mind", clock())
    unsubscribe.unsubscribe(app.database, ids["bob"], clock())
    update_preferences.pause(app.database, ids["dan"], "2026-12-24", clock())
    owner = signed_in(Role.OWNER)
    assert "state, as a file that an import reads" in owner.see("/readers")
    answer = owner.send_form("/readers/export", expect=200)
    states = {row["email"]: row["state"] for row in csv.DictReader(io.StringIO(answer.text))}
    assert states == {
        **{ANN: "suppressed", "bob@example.org": "unsubscribed"},
        **{"cy@example.org": "active", "dan@example.org": "paused"},
    }
    file = tmp_path / "readers.csv"
    file.write_bytes(answer.content)
    for id_ in ids.values():  # elsewhere nobody knows them
        update_preferences.erase(app.database, id_, clock())
    order = ImportOrder(state=SubscriberState.ACTIVE, now=clock())
    report = import_file(app.database, file, app.topics.in_force.vocabulary, order)
    assert (report.added, report.refused) == (1, 3)
    assert [one.address for one in subscriptions.iter_all(app.database)] == ["cy@example.org"]


def test_growth_says_who_came_and_left(app, signed_in, ann, clock):
    unsubscribe.unsubscribe(app.database, ann, clock())
    page = signed_in(Role.VIEWER).see("/readers/growth")
    assert "<dt>Came</dt><dd>2</dd>" in page
    assert "<dt>Left</dt><dd>1</dd>" in page
    answer = signed_in(Role.VIEWER).get("/admin/readers/growth/moves.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert b"<svg" in answer.content
    signed_in(Role.VIEWER).see("/readers/growth/other.svg", 404)
    clock.now = clock.now.replace(day=clock.now.day + 2)
    assert growth.sum_up(app.database, "UTC", clock()) == 2
    assert growth.sum_up(app.database, "UTC", clock()) == 0
    first, second, today = app.statistics.growth(90)
    assert (first.joined, first.left, first.active) == (2, 1, None)
    assert (second.joined, second.active) == (0, 1)
    assert today.joined == 0
    assert state_of(app, ann) == SubscriberState.UNSUBSCRIBED
