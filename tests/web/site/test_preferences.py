import json
import re
from datetime import date

import pytest

from digest.ground.tokens.links import Purpose
from digest.ground.tokens.nonces import hash_nonce
from digest.model import Cadence, SubscriberState
from digest.subscribers.store import events
from digest.subscribers.store.events import EventKind
from tests.factories import DAY

FORM = {
    "topic-compression": "2",
    "topic-speech": "",
    "topic-code": "1",
    "interests": "tool calling\r\nKV cache compression",
    "muted": "survey",
    "cadence": "weekly",
    "weekday": "friday",
    "hour": "6",
    "timezone": "Europe/Berlin",
    "max_papers": "7",
}


@pytest.fixture
def link(token) -> str:
    return f"/p/{token(Purpose.PREFERENCES)}"


def test_the_page_shows_what_is_set_and_what_would_come(web, link, found):
    page = web.get(link)
    assert page.status_code == 200
    assert "ann@example.org" in page.text
    assert 'name="topic-compression" value="1" checked' in page.text
    assert 'name="weight-compression" value="1" checked' in page.text
    assert 'name="topic-coding" value="1">' in page.text
    assert "weight-coding" not in page.text
    assert web.head(link).status_code == 200
    assert "You follow Compression" not in page.text
    assert f'href="{link}/today#today"' in page.text
    today = web.get(f"{link}/today").text
    assert "What you would get today" in today
    assert "You follow Compression" in today
    assert 'name="topic-compression" value="1" checked' in today


def test_saving_takes_everything_and_records_it(web, link, found, app, reader):
    answer = web.post(link, data=FORM)
    assert answer.status_code == 200
    assert "Saved." in answer.text
    prefs = found().preferences
    assert prefs.topics == {"compression": 2.0, "coding": 1.0}
    assert prefs.interests == ("tool calling", "KV cache compression")
    assert prefs.muted == ("survey",)
    assert (prefs.schedule.cadence, prefs.schedule.weekday, prefs.schedule.hour) == (
        Cadence.WEEKLY,
        4,
        6,
    )
    assert prefs.schedule.timezone == "Europe/Berlin"
    assert prefs.max_papers == 7
    assert "Nothing was changed" in web.post(link, data=FORM).text
    with app.database.read() as session:
        (event,) = events.for_subscriber(session, reader)
    assert event.kind is EventKind.CHANGED
    assert event.detail["before"]["topics"] == {"compression": 1.0, "speech": 1.0}
    assert event.detail["after"]["interests"] == list(prefs.interests)


def test_a_weight_counts_only_for_a_topic_that_is_ticked(web, link, found):
    form = {"topic-compression": "1", "weight-compression": "2", "weight-speech": "0.5"}
    assert web.post(link, data=form).status_code == 200
    assert found().preferences.topics == {"compression": 2.0}


def test_a_topic_that_was_ticked_just_now_gets_its_weight_on_the_page_that_follows(web, link):
    form = {"topic-compression": "2", "topic-coding": "1", "do": "preview"}
    page = web.post(link, data=form).text
    assert 'name="weight-coding" value="1" checked' in page
    assert page.count("<select") < 10


def test_a_weight_that_is_none_of_the_three_is_kept(web, link, found):
    web.post(link, data={"topic-compression": "0.7", "topic-coding": "1"})
    page = web.get(link).text
    assert 'name="weight-compression" value="0.7" checked' in page
    boxes = re.findall(r'name="(topic-[\w-]+)" value="([^"]+)" checked', page)
    assert "Nothing was changed" in web.post(link, data=dict(boxes)).text


def test_the_preview_shows_what_is_typed_and_saves_nothing(web, link, found):
    before = found()
    page = web.post(link, data={**FORM, "do": "preview"}).text
    assert "Not saved yet" in page
    assert "You follow Code" in page
    assert ">tool calling\nKV cache compression</textarea>" in page
    assert found() == before


def test_mistakes_are_shown_at_their_fields_and_nothing_typed_is_lost(web, link, found):
    before = found()
    typed = {
        **FORM,
        "hour": "25",
        "timezone": "Mars/Base",
        "interests": "ok\nthe <b>",
        "muted": "!",
    }
    answer = web.post(link, data=typed)
    assert answer.status_code == 422
    for field in ("hour", "timezone", "muted"):
        assert f'id="{field}-mistake"' in answer.text
        assert f'aria-invalid="true" aria-describedby="{field}-mistake' in answer.text
    assert 'value="Mars/Base"' in answer.text
    assert ">ok\nthe &lt;b&gt;</textarea>" in answer.text
    assert 'name="topic-compression" value="2" checked' in answer.text
    assert 'name="weight-compression" value="2" checked' in answer.text
    assert found() == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x=" + b"a" * 1_000_000, 413),
        (b"hour=%FF%FE", 400),
        (b"hour=\xff", 400),
        (b"&".join(b"a=b" for _ in range(2000)), 400),
    ],
)
def test_forms_that_are_none_are_refused(web, link, body, status, found):
    before = found()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert web.post(link, content=body, headers=kind).status_code == status
    assert web.post(link, content=b"{}").status_code == 415
    assert found() == before


@pytest.mark.parametrize("text", ["a\x00b", "\u202eabc", "x" * 5000, "\r\nBcc: eve@example.org"])
def test_odd_text_is_refused_or_harmless(web, link, text):
    answer = web.post(link, data={**FORM, "interests": text, "timezone": text})
    assert answer.status_code == 422


def test_a_pause_lasts_until_a_date(web, link, found, app, reader):
    for wrong in ("", "2026-11-19", "2028-01-01", "tomorrow"):
        answer = web.post(f"{link}/pause", data={"until": wrong})
        assert answer.status_code == 422
        assert 'id="until-mistake"' in answer.text
    assert (
        "Your subscription is paused."
        in web.post(f"{link}/pause", data={"until": "2026-12-24"}).text
    )
    assert (found().state, found().paused_until) == (SubscriberState.PAUSED, date(2026, 12, 24))
    assert "24 December 2026" in web.get(link).text
    assert "active again" in web.post(f"{link}/resume").text
    assert web.post(f"{link}/resume").status_code == 200
    assert (found().state, found().paused_until) == (SubscriberState.ACTIVE, None)
    with app.database.read() as session:
        kinds = [event.kind for event in events.for_subscriber(session, reader)]
    assert kinds == [EventKind.PAUSED, EventKind.RESUMED]


def test_who_has_left_cannot_pause_and_so_come_back(web, link, token, found):
    web.post(f"/u/{token(Purpose.UNSUBSCRIBE)}")
    assert web.post(f"{link}/pause", data={"until": "2026-12-24"}).status_code == 404
    assert web.post(f"{link}/resume").status_code == 404
    assert "You are unsubscribed" in web.get(link).text
    assert found().state is SubscriberState.UNSUBSCRIBED


def test_the_way_out_and_the_way_back_are_on_the_page(web, link, found):
    leave = re.search(r'href="(/u/[\w-]+)"', web.get(link).text)[1]
    assert "One email a week instead" in web.get(leave).text
    assert found().state is SubscriberState.ACTIVE
    web.post(leave)
    page = web.get(link).text
    assert "/u/" not in page
    assert "Subscribe again" in page


def test_the_data_is_all_that_is_known(web, link, app):
    web.post(link, data=FORM)
    answer = web.get(f"{link}/data.json")
    data = json.loads(answer.content)
    assert data["address"] == "ann@example.org"
    assert data["preferences"]["interests"] == ["tool calling", "KV cache compression"]
    assert [event["kind"] for event in data["events"]] == ["changed"]
    assert data["mails"] == []
    assert "attachment" in answer.headers["content-disposition"]


def test_erasing_takes_two_steps_and_leaves_only_a_number(web, link, token, found, app, reader):
    web.post(link, data=FORM)
    assert "Delete my data" in web.get(f"{link}/erase").text
    nonce = found().nonce
    assert web.post(f"{link}/erase").status_code == 200
    assert found() is None
    with app.database.read() as session:
        lines = [(event.kind, event.detail) for event in events.for_subscriber(session, reader)]
    assert lines == [(EventKind.CHANGED, {}), (EventKind.ERASED, {"reader": hash_nonce(nonce)})]
    for gone in (web.get(link), web.post(f"{link}/erase"), web.get(f"{link}/data.json")):
        assert gone.status_code == 404
        assert "example.org" not in gone.text


@pytest.mark.parametrize("purpose", [Purpose.UNSUBSCRIBE, Purpose.VIEW, Purpose.VOTE])
def test_no_other_link_opens_the_page(web, token, purpose, found):
    for path in ("", "/erase", "/data.json"):
        assert web.get(f"/p/{token(purpose, DAY)}{path}").status_code == 404
    for path in ("", "/erase", "/pause", "/resume"):
        assert web.post(f"/p/{token(purpose, DAY)}{path}", data=FORM).status_code == 404
    assert found().state is SubscriberState.ACTIVE
