from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from digest.api_keys import keys
from digest.api_keys.keys import Scope
from digest.editions import changing
from digest.editions.changing import Author
from digest.ground.database.tables.delivery import EditionRow
from digest.model import SubscriberState
from digest.subscribers import suppression
from digest.subscribers.store import events, subscribers
from digest.subscribers.store.events import EventKind
from digest.workers import local
from tests.dumps import make_dump
from tests.factories import DAY, NOON

API = "/api/v1"
NEW = {
    "email": "new@example.org",
    "consent": "paper form 12",
    "preferences": {"topics": {"coding": 2}},
}


@pytest.fixture
def key(app):
    """Make a key of some scopes, or of all; return its header."""

    def make(*scopes: Scope, name: str = "desk") -> dict[str, str]:
        secret = keys.add(app.database, name, scopes or list(Scope), NOON)
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.fixture
def desk(web, key):
    """A client with a key that may do everything."""
    web.headers.update(key())
    return web


GUARDED = [
    ("GET", "/subscribers", Scope.SUBSCRIBERS_READ),
    ("POST", "/subscribers", Scope.SUBSCRIBERS_WRITE),
    ("POST", "/imports?consent=x", Scope.SUBSCRIBERS_WRITE),
    ("GET", "/subscribers/1", Scope.SUBSCRIBERS_READ),
    ("PUT", "/subscribers/1/preferences", Scope.SUBSCRIBERS_WRITE),
    ("POST", "/subscribers/1/unsubscribe", Scope.SUBSCRIBERS_WRITE),
    ("DELETE", "/subscribers/1", Scope.SUBSCRIBERS_WRITE),
    ("GET", "/suppressions", Scope.SUBSCRIBERS_READ),
    ("POST", "/suppressions/find", Scope.SUBSCRIBERS_READ),
    ("POST", "/suppressions", Scope.SUBSCRIBERS_WRITE),
    ("POST", "/suppressions/lift", Scope.SUBSCRIBERS_WRITE),
    ("POST", "/dumps", Scope.INGEST_WRITE),
    ("POST", "/editions", Scope.EDITIONS_WRITE),
    ("POST", "/editions/2026-11-19/send", Scope.SEND_WRITE),
    ("POST", "/editions/2026-11-19/approve", Scope.SEND_WRITE),
    ("POST", "/editions/2026-11-19/pause", Scope.SEND_WRITE),
    ("POST", "/editions/2026-11-19/resume", Scope.SEND_WRITE),
    ("POST", "/editions/2026-11-19/cancel", Scope.SEND_WRITE),
    ("POST", "/editions/2026-11-19/retry", Scope.SEND_WRITE),
    ("GET", "/editions/2026-11-19/report", Scope.DELIVERIES_READ),
    ("GET", "/deliveries", Scope.DELIVERIES_READ),
]


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("way", "path", "scope"), GUARDED)
def test_every_admin_address_wants_a_key_of_its_scope(web, key, app, way, path, scope):
    for headers in ({}, {"Authorization": "Bearer digest_x"}, {"Authorization": "Basic YTpi"}):
        answer = web.request(way, API + path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Bearer realm="digest"')
    others = [each for each in Scope if each is not scope]
    answer = web.request(way, API + path, headers=key(*others, name="others"))
    assert answer.status_code == 403
    assert f'scope="{scope}"' in answer.headers["www-authenticate"]
    assert answer.headers["content-type"] == "application/problem+json"
    right = key(scope, name="right")
    assert web.request(way, API + path, headers=right).status_code not in (401, 403)
    keys.revoke(app.database, "right", NOON)
    assert web.request(way, API + path, headers=right).status_code == 401


def test_every_admin_address_is_in_the_list_above(served):
    guarded = {
        (way.upper(), path)
        for path, ways in served[0].openapi()["paths"].items()
        for way, operation in ways.items()
        if {"ApiKey": []} in operation.get("security", [])
    }
    assert len(guarded) == len(GUARDED)


def test_guessing_keys_is_slowed_down(web):
    wrong = {"Authorization": "Bearer digest_guess"}
    answers = [web.get(f"{API}/subscribers", headers=wrong) for _ in range(121)]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429


def test_a_key_has_its_own_limit_and_the_hour_of_its_use(desk, app, settled):
    codes = [desk.get(f"{API}/deliveries?limit=1").status_code for _ in range(130)]
    assert set(codes) == {200}
    settled()
    (found,) = keys.list_all(app.database)
    assert found.last_used_at == NOON


def test_the_secret_is_never_logged(desk, caplog, app, settled):
    caplog.set_level("DEBUG", logger="digest")
    desk.get(f"{API}/subscribers")
    settled()
    assert desk.headers["authorization"][7:] not in caplog.text


def test_a_subscriber_is_added_with_the_record_of_consent(desk, app):
    answer = desk.post(f"{API}/subscribers", json=NEW)
    assert answer.status_code == 201
    made = answer.json()
    assert made["state"] == "active"
    assert made["preferences"]["topics"] == {"coding": 2.0}
    assert desk.get(answer.headers["location"]).json() == made
    with app.database.read() as session:
        (agreed,) = events.for_subscriber(session, made["id"])
    assert agreed.kind is EventKind.CONFIRMED
    assert agreed.detail == {"said": "paper form 12", "api_key": "desk", "ip": "127.0.0.1"}
    again = desk.post(f"{API}/subscribers", json=NEW)
    assert again.status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nothing"},
        {"email": "a@example.org\r\nBcc: b@example.org"},
        {"name": "A\0"},
        {"consent": ""},
        {"preferences": {"topics": {"astrology": 1}}},
        {"preferences": None},
        {"state": "active"},
    ],
)
def test_what_cannot_be_added_is_a_problem(desk, wrong):
    answer = desk.post(f"{API}/subscribers", json=NEW | wrong)
    assert answer.status_code == 422
    assert desk.get(f"{API}/subscribers").json()["items"] == []


def test_a_file_of_subscribers_is_imported(desk, subscribe, app):
    subscribe("ann")
    csv = "email,topics,colour\nbob@example.org,coding,red\nbroken\nann@example.org,,\n"
    answer = desk.post(
        f"{API}/imports",
        params={"consent": "moved from the old list"},
        content=csv,
        headers={"Content-Type": "text/csv; charset=utf-8"},
    )
    assert answer.status_code == 200
    report = answer.json()
    assert (report["added"], report["known"], report["refused"]) == (1, 1, 1)
    assert report["problems"][0]["line"] == 3
    with app.database.read() as session:
        bob = subscribers.get(session, "bob@example.org")
        (agreed,) = events.for_subscriber(session, bob.id)
    assert bob.state is SubscriberState.ACTIVE
    assert agreed.detail["said"] == "moved from the old list"


def test_a_topic_of_the_former_catalogue_is_understood_and_told(desk):
    former = {"email": "bob@example.org", "preferences": {"topics": {"code": 2}}}
    made = desk.post(f"{API}/subscribers", json=NEW | former).json()
    assert made["preferences"]["topics"] == {"coding": 2.0}
    assert made["remarks"] == ["topic 'code' is now 'coding'"]
    place = f"{API}/subscribers/{made['id']}/preferences"
    saved = desk.put(place, json={"topics": {"science-health": 1}}).json()
    assert saved["preferences"]["topics"] == {"science": 1.0, "health": 1.0}
    assert desk.get(f"{API}/subscribers/{made['id']}").json()["remarks"] == []


def test_subscribers_come_page_by_page(desk, subscribe):
    subscribe(*(f"reader{number:02}" for number in range(25)))
    seen, cursor = [], 0
    while cursor is not None:
        page = desk.get(f"{API}/subscribers", params={"limit": 10, "cursor": cursor}).json()
        seen += [one["email"] for one in page["items"]]
        cursor = page["next"]
    assert seen == [f"reader{number:02}@example.org" for number in range(25)]
    one = desk.get(f"{API}/subscribers", params={"email": "READER07@example.org"}).json()
    assert [each["email"] for each in one["items"]] == ["reader07@example.org"]
    assert desk.get(f"{API}/subscribers?email=nobody").json() == {"items": [], "next": None}
    assert desk.get(f"{API}/subscribers?state=paused").json()["items"] == []


def test_a_subscriber_is_changed_ended_and_erased(desk, reader, found):
    place = f"{API}/subscribers/{reader}"
    saved = desk.put(f"{place}/preferences", json={"max_papers": 3})
    assert saved.json()["preferences"]["max_papers"] == 3
    assert found().preferences.topics == {}
    left = desk.post(f"{place}/unsubscribe").json()
    assert (left["changed"], left["subscriber"]["state"]) == (True, "unsubscribed")
    assert desk.post(f"{place}/unsubscribe").json()["changed"] is False
    gone = desk.delete(place)
    assert (gone.status_code, gone.content) == (204, b"")
    assert found() is None
    for way, path in (("GET", ""), ("DELETE", ""), ("POST", "/unsubscribe")):
        assert desk.request(way, place + path).status_code == 404
    assert desk.put(f"{place}/preferences", json={}).status_code == 404


def test_a_dump_is_taken_as_the_command_takes_it(desk):
    def post(text: str, **params: str):
        headers = {"Content-Type": "text/plain"}
        return desk.post(f"{API}/dumps", content=text, params=params, headers=headers)

    dump = make_dump(5, DAY, seed=2)
    report = post(dump, name="nov-19.txt").json()
    (one,) = report["dumps"]
    assert (one["file"], one["status"], one["date"]) == ("nov-19.txt", "new", "2026-11-19")
    assert report["papers"] + report["repeats"] == 5
    assert post(dump).json()["dumps"][0]["status"] == "known"
    refused = post("This is no dump.")
    assert refused.status_code == 422
    assert refused.json()["detail"]
    assert "upload" not in refused.text
    assert post("x", name="../../etc/passwd").status_code == 422
    assert post("x", date="1763510400").status_code == 422
    assert desk.post(f"{API}/dumps", data={"a": "b"}).status_code == 415


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_an_upload_that_is_too_large_is_refused(desk):
    pieces = (b"x" * (1 << 20) for _ in range(65))
    answer = desk.post(f"{API}/dumps", content=pieces, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 413


def test_where_no_body_is_wanted_none_is_kept_in_memory(desk, reader):
    path = f"{API}/subscribers/{reader}/unsubscribe"
    assert desk.post(path, content=b"x" * 1_000_000).status_code == 413
    assert desk.post(path, content=b"x").status_code == 200


def test_an_edition_is_opened_once(desk):
    first = desk.post(f"{API}/editions", json={"date": "2026-11-19"})
    assert first.status_code == 201
    assert first.headers["location"] == "/api/v1/editions/2026-11-19"
    assert first.json()["papers"] == 30
    again = desk.post(f"{API}/editions", json={})
    assert (again.status_code, again.json()) == (200, first.json())
    for nothing in ("2020-01-01", "0001-01-01", "9999-12-31"):
        assert desk.post(f"{API}/editions", json={"date": nothing}).status_code == 404


def test_an_edition_that_waits_is_approved_here(desk, subscribe, app):
    subscribe("ann")
    approve = f"{API}/editions/{DAY}/approve"
    assert desk.post(approve).status_code == 404  # not open yet
    edition = app.editions.open(DAY)
    assert desk.post(approve).status_code == 409  # it needs no approval
    with app.database.write() as session:
        values = {"approve_by": edition.opened_at, "approval_late": "hold"}
        session.execute(update(EditionRow).values(**values))
    assert desk.get(f"{API}/editions/{DAY}/report").json()["stopped"]["kind"] == "unapproved"
    assert desk.post(approve).json()["stopped"] is None
    assert changing.look(app.database, DAY).entries[0].who == "the API"


def test_the_public_edition_has_what_the_editors_changed(web, app):
    ids = [each.paper.id for each in app.editions.open(DAY).edition.candidates]
    author = Author("ann@example.org", app.clock())
    changing.drop(app.database, DAY, ids[0], author)
    changing.pin(app.database, DAY, ids[1], author)
    changing.claim(app.database, DAY, ids[1], "It holds", author)
    changing.note(app.database, DAY, None, "A holiday", author)
    found = web.get(f"{API}/editions/{DAY}").json()
    assert (found["total"], found["dropped"], found["note"]) == (29, 1, "A holiday")
    first = found["papers"][0]
    assert (first["id"], first["pinned"], first["claim"]) == (ids[1], True, "It holds")
    page = web.get(f"/archive/{DAY}").text
    for words in ("A holiday", "It holds", "The editors left out 1 paper."):
        assert words in page
    assert f"/archive/{DAY}" not in web.get(f"/papers/{ids[0]}").text


def test_sending_is_ordered_here_and_done_by_whoever_sends(desk, subscribe, app, sink):
    subscribe("ann", "bob", "cy")
    send = f"{API}/editions/{DAY}/send"
    assert desk.post(send).status_code == 404  # not open yet
    app.editions.open(DAY)
    dry = desk.post(f"{send}?dry_run=true")
    assert dry.status_code == 200
    assert (dry.json()["planned"], dry.json()["dry_run"]) == (3, True)
    assert desk.get(f"{API}/deliveries").json()["items"] == []
    ordered = desk.post(send)
    assert ordered.status_code == 202
    assert (ordered.json()["queued"], ordered.json()["states"]) == (3, {"queued": 3})
    assert sink.messages == []
    assert desk.post(send).json()["queued"] == 0  # as after a kill: nobody is planned twice
    local.send(app, DAY)
    report = desk.get(ordered.headers["location"]).json()
    assert report["states"] == {"sent": 3}
    assert report["balanced"]
    assert len(sink.messages) == 3
    assert desk.post(send).json()["note"] == "everybody has had this edition"


def test_the_ledger_comes_page_by_page(desk, subscribe, app):
    subscribe("ann", "bob", "cy")
    local.send(app, DAY)
    seen, cursor = [], "1-0"
    while cursor is not None:
        query = {"limit": 2, "cursor": cursor, "edition": "2026-11-19", "state": "sent"}
        page = desk.get(f"{API}/deliveries", params=query).json()
        seen += page["items"]
        cursor = page["next"]
    assert [one["email"] for one in seen] == [
        f"{name}@example.org" for name in ("ann", "bob", "cy")
    ]
    assert len(seen[0]["papers"]) == 10
    assert seen[0]["message_id"].startswith("<20261119.")
    assert desk.get(f"{API}/deliveries?state=failed").json() == {"items": [], "next": None}
    assert desk.get(f"{API}/deliveries?cursor=9999999-1").json()["items"] == []


def test_a_repeat_with_the_same_name_gets_the_same_answer(desk, app):
    name = {"Idempotency-Key": "one"}
    first = desk.post(f"{API}/subscribers", json=NEW, headers=name)
    again = desk.post(f"{API}/subscribers", json=NEW, headers=name)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    other = desk.post(f"{API}/subscribers", json=NEW | {"name": "N"}, headers=name)
    assert other.status_code == 422
    assert "another request" in other.json()["detail"]
    refused = {"Idempotency-Key": "two"}
    for _ in range(2):  # a refusal is an answer, too
        assert desk.post(f"{API}/subscribers", json=NEW, headers=refused).status_code == 409
    odd = desk.post(f"{API}/subscribers", json=NEW, headers={"Idempotency-Key": "a b"})
    assert odd.status_code == 422


def test_an_upload_can_be_named_too(desk):
    name = {"Idempotency-Key": "up", "Content-Type": "text/plain"}
    dump = make_dump(5, DAY, seed=2)
    first = desk.post(f"{API}/dumps", content=dump, headers=name)
    assert first.json()["dumps"][0]["status"] == "new"
    again = desk.post(f"{API}/dumps", content=dump, headers=name)
    assert again.content == first.content
    assert desk.post(f"{API}/dumps", content=dump + " ", headers=name).status_code == 422


def test_of_many_at_once_one_runs(desk, app):
    """Whoever does not run gets the stored answer, or is told to ask again."""
    headers = dict(desk.headers) | {"Idempotency-Key": "race"}

    def post(_number: int):
        return desk.post(f"{API}/subscribers", json=NEW, headers=headers)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    busy = [answer for answer in answers if answer.status_code == 409]
    assert all("is running" in answer.json()["detail"] for answer in busy)
    assert all("retry-after" in answer.headers for answer in busy)


def test_two_keys_may_use_the_same_name(desk, key):
    name = {"Idempotency-Key": "one"}
    desk.post(f"{API}/subscribers", json=NEW, headers=name)
    other = desk.post(f"{API}/subscribers", json=NEW, headers=name | key(name="other"))
    assert other.status_code == 409
    assert "idempotency-replayed" not in other.headers


def test_an_edition_is_paused_resumed_and_cancelled(desk, app, subscribe, sink):
    subscribe("ann")
    place = f"{API}/editions/{DAY}"
    assert desk.post(f"{place}/pause", json={}).status_code == 404
    desk.post(f"{API}/editions", json={"date": DAY.isoformat()})
    named = {"Idempotency-Key": "one"}
    paused = desk.post(f"{place}/pause", json={"reason": "a typo"}, headers=named)
    assert paused.status_code == 200
    assert paused.json()["changed"]
    assert paused.json()["stopped"]["reason"] == "a typo"
    again = desk.post(f"{place}/pause", json={"reason": "a typo"}, headers=named)
    assert again.headers["idempotency-replayed"] == "true"
    desk.post(f"{place}/send")
    report = desk.get(f"{place}/report").json()
    assert report["stopped"]["kind"] == "paused"
    assert report["states"] == {"queued": 1}
    assert desk.post(f"{place}/resume").json()["stopped"] is None
    assert desk.post(f"{place}/cancel", json={}).json()["states"] == {"skipped": 1}
    assert desk.post(f"{place}/resume").status_code == 409
    assert not sink.messages


def test_what_failed_is_queued_again(desk, app, subscribe, sink):
    subscribe("ann", "gone")
    sink.replies = {"gone@example.org": "550 5.1.1 no such user"}
    assert desk.post(f"{API}/editions/{DAY}/retry", json={}).status_code == 404
    local.send(app, DAY)
    place = f"{API}/editions/{DAY}/retry"
    assert desk.post(place, json={"reply": "5.7"}).json()["queued"] == 0
    assert desk.post(place, json={"dry_run": True}).json()["queued"] == 1
    assert desk.post(place, json={"reply": "5.1.?"}).json() == {
        "edition": DAY.isoformat(),
        "queued": 1,
        "dry_run": False,
    }
    assert desk.get(f"{API}/editions/{DAY}/report").json()["states"] == {"sent": 1, "queued": 1}
    assert desk.post(place, json={"state": "sent"}).status_code == 422


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_who_may_not_is_told_so_before_the_body_is_looked_at(web, key):
    """A body costs time; whoever has no key, or too many attempts, need not send one."""
    bodies = ({"content": b"x" * 100_000}, {"content": b"{", "headers": {"Content-Type": "x/y"}})
    for body in bodies:
        assert web.post(f"{API}/subscribers", **body).status_code == 401
        assert web.put(f"{API}/preferences", **body).status_code == 401
    web.headers.update(key(Scope.INGEST_WRITE))
    assert web.post(f"{API}/subscribers", **bodies[0]).status_code == 403
    while (answer := web.post(f"{API}/subscribers", **bodies[1])).status_code == 403:
        pass
    assert answer.status_code == 429


def test_addresses_are_suppressed_found_and_let_in_again(desk, app, subscribe):
    subscribe("ann")
    for changed in (True, False):
        new = {"email": "Ann@Example.org", "reason": "she wrote"}
        answer = desk.post(f"{API}/suppressions", json=new)
        assert (answer.status_code, answer.json()) == (200, {"changed": changed})
    wanted = {"email": "ann@example.org"}
    found = desk.post(f"{API}/suppressions/find", json=wanted).json()
    assert (found["reason"], found["source"], found["kind"]) == ("she wrote", "api", None)
    (listed,) = desk.get(f"{API}/suppressions").json()["items"]
    assert listed == {"hash": listed["hash"], **found}
    assert "ann" not in desk.get(f"{API}/suppressions").text
    assert desk.get(f"{API}/suppressions", params={"source": "rcpt"}).json()["items"] == []
    assert desk.post(f"{API}/suppressions/lift", json=wanted).json() == {"changed": True}
    for place in ("find", "lift"):
        assert desk.post(f"{API}/suppressions/{place}", json=wanted).status_code == 404


def test_the_list_of_suppressions_comes_in_parts(desk, app):
    for number in range(5):
        suppression.suppress(app.database, f"r{number}@example.org", "x", NOON)
    hashes, cursor = [], ""
    while cursor is not None:
        part = desk.get(f"{API}/suppressions", params={"limit": 2, "cursor": cursor}).json()
        hashes += [one["hash"] for one in part["items"]]
        cursor = part["next"]
    assert len(set(hashes)) == 5
    assert hashes == sorted(hashes)
