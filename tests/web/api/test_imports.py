"""Files of subscribers come through the API by the same rules as on the command line."""

import io

import pytest

from digest.api_keys import keys
from digest.api_keys.keys import Scope
from digest.model import SubscriberState
from digest.subscribers import subscriptions, update_preferences
from digest.subscribers.files.exporting import export_everything
from tests.factories import NOON

IMPORTS = "/api/v1/imports"


@pytest.fixture
def send(app, web):
    """Import a text; return the answer."""
    secret = keys.add(app.database, "desk", [Scope.SUBSCRIBERS_WRITE], NOON)

    def send(content, status=200, **params):
        answer = web.post(
            IMPORTS,
            params={"consent": "moved from the old list"} | params,
            content=content,
            headers={"Authorization": f"Bearer {secret}", "Content-Type": "text/csv"},
        )
        assert answer.status_code == status, answer.text
        return answer.json()

    return send


def everybody(app):
    return {one.address: one for one in subscriptions.iter_all(app.database)}


def test_who_must_not_be_mailed_is_refused(app, send):
    content = "email;status\nann@example.org;active\nbob@example.org;unsubscribed\n"
    report = send(content.encode("utf-16"))
    assert report["refused_by"] == {"unsubscribed": 1}
    assert list(everybody(app)) == ["ann@example.org"]


def test_an_unclear_column_is_dealt_with_first(app, send):
    content = "Kontakt,Newsletter state\nann@example.org,gold\n"
    problem = send(content, 422, map=["email=Kontakt"])
    assert "'Newsletter state' may say who must not be mailed" in problem["detail"]
    assert "email=E-Mail Address" in send(content, 422, map=["shoes"])["detail"]
    report = send(content, map=["email=Kontakt"], ignore=["Newsletter state"])
    assert report["added"] == 1
    assert report["columns"] == [{"column": "Kontakt", "taken_as": "email"}]


def test_a_dry_run_changes_nothing(app, subscribe, send):
    subscribe("ann")
    before = everybody(app)
    content = "email,name\nann@example.org,Ann\nbob@example.org,Bob\n"
    foreseen = send(content, dry_run=True, update=True)
    assert everybody(app) == before
    assert send(content, update=True) == foreseen | {"dry_run": False}
    assert (foreseen["added"], foreseen["changed"]) == (1, 1)


def test_a_whole_list_moves(app, subscribe, send):
    subscribe("ann", "bob")
    out = io.StringIO()
    export_everything(app.database, out, NOON)
    ann = subscriptions.find(app.database, "ann@example.org")
    update_preferences.erase(app.database, ann.id, NOON)
    report = send(out.getvalue())
    assert (report["added"], report["known"]) == (1, 1)
    assert everybody(app)["ann@example.org"].state is SubscriberState.ACTIVE


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_many_bad_lines_make_a_small_answer(send):
    report = send("email\n" + "x\n" * 20_000)
    assert (report["refused"], len(report["problems"])) == (20_000, 1000)
