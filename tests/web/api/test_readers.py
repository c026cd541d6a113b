import json

import pytest

from digest.ground.database.tables.readers import SuppressionRow
from digest.ground.tokens.links import Purpose
from digest.ground.tokens.signed_numbers import TokenSigner
from digest.model import SubscriberState
from digest.subscribers import update_preferences
from digest.subscribers.store import events, subscribers, suppression_keys
from digest.subscribers.store.events import EventKind
from tests.factories import NOON

SUBSCRIPTIONS = "/api/v1/subscriptions"
PREFERENCES = "/api/v1/preferences"


@pytest.fixture
def ask(web, settled):
    def send(email: str, **more):
        answer = web.post(SUBSCRIPTIONS, json={"email": email, **more})
        settled()
        return answer

    return send


@pytest.fixture
def bearer(token):
    return {"Authorization": f"Bearer {token(Purpose.PREFERENCES)}"}


def test_subscribing_asks_by_mail(ask, sink, app):
    answer = ask("Ann@Example.org", topics=["compression", "astrology"])
    assert answer.status_code == 202
    assert b"/c/" in sink.messages[0].data
    with app.database.read() as session:
        found = subscribers.get(session, "ann@example.org")
        (asked,) = events.for_subscriber(session, found.id)
    assert found.state is SubscriberState.PENDING
    assert asked.detail["topics"] == ["compression"]


def test_new_known_suppressed_and_invalid_addresses_get_the_same_answer(ask, subscribe, sink, app):
    subscribe("known")
    with app.database.write() as session:
        hashed = suppression_keys.address_hash("gone@example.org")
        session.add(SuppressionRow(address_hash=hashed, reason="complaint", created_at=NOON))
    odd = "ann@example.org\r\nBcc: eve@example.org"
    addresses = ("new@example.org", "known@example.org", "gone@example.org", odd, "\0")
    answers = [ask(address) for address in addresses]
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (202, answers[0].content)
    }
    headers = [{k: v for k, v in answer.headers.items() if k != "date"} for answer in answers]
    assert all(each == headers[0] for each in headers)
    mailed = [message.recipients[0] for message in sink.messages]
    assert mailed == ["new@example.org", "known@example.org"]


def test_form_and_api_share_their_limits(ask, web, app):
    for number in range(6):
        assert ask(f"a{number}@example.org").status_code == 202
    refused = ask("a7@example.org")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    ripe = int(app.clock().timestamp()) - 10
    token = TokenSigner(app.settings.keys).sign_form(ripe)
    form = {"email": "a8@example.org", "token": token}
    assert web.post("/subscribe", data=form).status_code == 429


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"email": 1}', "application/json", 422),
        (b'{"email": "\\ud800"}', "application/json", 422),
        (b'{"email": "\xff"}', "application/json", 422),
        (b'{"email": "a", "website": ""}', "application/json", 422),
        (b"email=a", "application/x-www-form-urlencoded", 415),
        (b'{"email": "a"}', "", 415),
        (b'{"email": "' + b"a" * 1_000_000 + b'"}', "application/json", 413),
        (b"[" * 60_000, "application/json", 422),
        (b"", "application/json", 422),
    ],
)
def test_bad_bodies_are_problems(web, body, kind, status):
    answer = web.post(SUBSCRIPTIONS, content=body, headers={"Content-Type": kind} if kind else {})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_a_reader_reads_and_replaces_preferences_with_the_token_of_a_mail(web, bearer, app, found):
    shown = web.get(PREFERENCES, headers=bearer)
    assert shown.headers["cache-control"] == "no-store"
    was = shown.json()
    assert was["email"] == "ann@example.org"
    assert was["preferences"]["topics"] == {"compression": 1.0, "speech": 1.0}
    wishes = {
        "topics": {"coding": 2},
        "interests": ["KV cache eviction"],
        "cadence": "weekly",
        "weekday": "friday",
        "hour": 6,
        "timezone": "Europe/Berlin",
        "max_papers": 5,
    }
    saved = web.put(PREFERENCES, headers=bearer, json=wishes)
    assert saved.status_code == 200
    assert saved.json()["preferences"].items() >= {**wishes, "muted": []}.items()
    assert found().preferences.topics == {"coding": 2.0}
    with app.database.read() as session:
        assert [one.kind for one in events.for_subscriber(session, found().id)] == [
            EventKind.CHANGED
        ]
    assert web.put(PREFERENCES, headers=bearer, json=was["preferences"]).json() == was


@pytest.mark.parametrize(
    ("wishes", "where"),
    [
        ({"topics": {"astrology": 1}}, "body/topics"),
        ({"topics": {"coding:2;speech": 1}}, "body/topics"),
        ({"topics": {"coding": 0}}, "body/topics/coding"),
        ({"topics": {"coding": "1"}}, "body/topics/coding"),
        ({"hour": 24}, "body/hour"),
        ({"hour": True}, "body/hour"),
        ({"timezone": "Mars/Olympus"}, "body/timezone"),
        ({"interests": [""]}, "body/interests/0"),
        ({"interests": ["the"]}, "body/interests"),
        ({"muted": ["\r\nBcc: eve@example.org\0"]}, "body/muted"),
        ({"language": "tlh"}, "body/language"),
        ({"colour": "red"}, "body/colour"),
    ],
)
def test_every_mistake_is_named_and_nothing_changes(web, bearer, found, wishes, where):
    before = found()
    answer = web.put(PREFERENCES, headers=bearer, json={"max_papers": 3, **wishes})
    assert answer.status_code == 422
    assert [each["where"] for each in answer.json()["errors"]] == [where]
    assert found() == before


def test_altered_foreign_and_orphaned_tokens_look_alike(web, token, bearer, app, reader):
    good = token(Purpose.PREFERENCES)
    update_preferences.erase(app.database, reader, NOON)
    words = (good, good[:-2] + "AA", token(Purpose.UNSUBSCRIBE), "x", "ü", "A" * 9000)
    sent = [word.encode() for word in words]
    answers = []
    for way in ("GET", "PUT"):
        for each in sent:
            headers = {"Authorization": b"Bearer " + each}
            answers.append(web.request(way, PREFERENCES, headers=headers, json={}))
        answers.append(web.request(way, PREFERENCES, json={}))
    assert {(one.status_code, json.dumps(one.json())) for one in answers} == {
        (401, json.dumps(answers[0].json()))
    }
    assert all(one.headers["www-authenticate"].startswith("Bearer") for one in answers)
