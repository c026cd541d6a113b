"""`digest webhooks` as it is typed."""

import pytest

from digest.errors import InputError, NotFoundError, UnreachableError
from tests.sources.http.servers import WebServer, answer


@pytest.fixture
def receiver():
    with WebServer() as server:
        server.pages["/in"] = answer(b"thanks")
        yield server


@pytest.fixture
def allowed(monkeypatch):
    monkeypatch.setenv("DIGEST_WEBHOOKS_ALLOW_PRIVATE", "true")


@pytest.mark.usefixtures("allowed")
def test_a_webhook_is_made_tried_listed_and_removed(run, receiver):
    url = receiver.url("/in")
    (made,) = run("webhooks", "add", url, "--events", "reader.left, reader.erased", "--json")
    assert made["secret"].startswith("whsec_")
    assert made["events"] == ["reader.left", "reader.erased"]
    assert (made["id"], made["with_addresses"], made["waiting"]) == (1, False, 0)
    assert "It arrived: 200" in run("webhooks", "test", "1")
    (listed,) = run("webhooks", "list", "--json")
    assert "secret" not in listed
    assert listed["succeeded_at"] is None  # a test says nothing of the others
    table = run("webhooks", "list")
    assert url in table
    assert made["secret"] not in table + run("webhooks", "show", "1")
    (attempt,) = run("webhooks", "attempts", "1", "--json")
    assert (attempt["event"], attempt["status"], attempt["answer"]) == (
        "webhook.test", 200, "thanks",
    )  # fmt: skip
    assert "webhook.test" in run("webhooks", "attempts", "1")
    assert run("webhooks", "disable", "1", "--json") == [
        {"webhook": 1, "disabled": True, "changed": True}
    ]
    assert "disabled already" in run("webhooks", "disable", "1")
    assert "is enabled." in run("webhooks", "enable", "1")
    assert "is removed." in run("webhooks", "remove", "1")
    with pytest.raises(NotFoundError):
        run("webhooks", "show", "1")


@pytest.mark.usefixtures("allowed")
def test_what_happens_on_the_command_line_is_told_by_the_task(loaded, receiver):
    loaded("webhooks", "add", receiver.url("/in"), "--with-addresses")
    loaded("subscribers", "unsubscribe", "ann@example.org")
    (shown,) = loaded("webhooks", "show", "1", "--json")
    assert shown["waiting"] == 1
    assert loaded("webhooks", "resend", "1", "--failed", "--json") == [{"webhook": 1, "queued": 0}]
    with pytest.raises(NotFoundError):
        loaded("webhooks", "resend", "1", "msg_unknown")
    loaded("webhooks", "resend", "1", code=2)


@pytest.mark.usefixtures("allowed")
def test_a_test_that_does_not_arrive_is_exit_code_5(run, receiver):
    receiver.pages["/in"] = answer(status=500)
    run("webhooks", "add", receiver.url("/in"))
    with pytest.raises(UnreachableError, match="it answered 500"):
        run("webhooks", "test", "1")


def test_an_address_of_the_own_network_and_an_unknown_event_are_refused(run, receiver):
    with pytest.raises(InputError, match="not a public address"):
        run("webhooks", "add", receiver.url("/in"))
    with pytest.raises(InputError, match=r"'reader\.sold' is not one of"):
        run("webhooks", "add", "https://example.org/", "--events", "reader.sold")
    assert run("webhooks", "list", "--json") == []


def test_addresses_of_readers_go_over_https_only(run):
    with pytest.raises(InputError, match="https only"):
        run("webhooks", "add", "http://93.184.215.14/", "--with-addresses")
