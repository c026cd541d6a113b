"""Addresses in any script, from the form to the mail in the reader's hands."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from digest.model import SubscriberState
from digest.subscribers.store import reader_lists, subscribers
from digest.workers import local
from tests.factories import DAY

ADDRESSES = {  # as it is typed: as it is stored, and as it stands in the envelope
    "Grüße@Bücher.example.org": ("grüße@bücher.example.org", "grüße@xn--bcher-kva.example.org"),
    "ann@xn--bcher-kva.example.org": ("ann@bücher.example.org", "ann@xn--bcher-kva.example.org"),
    "用户@例子.example.org": ("用户@例子.example.org", "用户@xn--fsqu00a.example.org"),
    "राम@example.org": ("राम@example.org", "राम@example.org"),
    "jose\u0301@example.org": ("josé@example.org", "josé@example.org"),
}


@pytest.fixture
def submit(web, clock, settled):
    def send(address: str):
        token = re.search(r'name="token" value="([\w-]+)"', web.get("/").text)[1]
        clock.now += timedelta(hours=2)
        answer = web.post("/subscribe", data={"email": address, "token": token})
        settled()
        return answer

    return send


def links_in(data: bytes, kind: str) -> str:
    message = message_from_bytes(data, policy=policy.default)
    text = message.get_body(("plain",)).get_content()
    return re.search(rf"http://127\.0\.0\.1:8000(/{kind}/[\w-]+)", text)[1]


@pytest.mark.parametrize("typed", ADDRESSES)
def test_from_the_form_to_the_digest_and_out_again(typed, submit, sink, web, app):
    stored, written = ADDRESSES[typed]
    assert submit(typed).status_code == 200
    (asked,) = sink.messages
    assert asked.recipients == (written,)
    page = web.post(links_in(asked.data, "c"))
    assert stored in page.text
    local.send(app, DAY)
    digest = sink.messages[-1]
    assert digest.recipients == (written,)
    header = digest.data.partition(b"\r\n\r\n")[0]
    assert f"\r\nTo: {written}\r\n".encode() in header
    leave = links_in(digest.data, "u")
    assert "You are unsubscribed" in web.post(leave).text
    with app.database.read() as session:
        assert subscribers.get(session, stored).state is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_every_spelling_of_an_address_is_the_same_reader(submit, sink, app):
    for typed in (
        "Josè@Bücher.example.org",
        "jose\u0300@XN--BCHER-KVA.example.org",
        "JOSÈ@bücher.EXAMPLE.org",
    ):
        submit(typed)
    with app.database.read() as session:
        assert [one.address for one in reader_lists.iter_all(session)] == [
            "josè@bücher.example.org"
        ]
    assert {each.recipients for each in sink.messages} == {("josè@xn--bcher-kva.example.org",)}
