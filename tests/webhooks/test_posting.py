"""A POST to a receiver that may be anywhere, slow, huge, or something else than it seems."""

from dataclasses import replace
from ipaddress import ip_address
from time import monotonic

import pytest

from digest.errors import InputError
from digest.sources.http.addresses import anywhere
from digest.webhooks.posting import Poster
from tests.certificates import Authority
from tests.sources.http.servers import WebServer, answer, endless, half, redirect
from tests.webhooks.conftest import QUICK

LOOPBACK = [ip_address("127.0.0.1")]


@pytest.fixture
def poster():
    return Poster("digest/test", QUICK, allowed=anywhere)


def silent(_asked, _write):
    """Answer nothing for longer than anybody waits."""
    import time

    time.sleep(QUICK.total_seconds * 2)


def test_a_message_arrives_as_it_was_sent(poster, receiver):
    reply = poster.post(receiver.url("/in?from=digest"), {"webhook-id": "msg_1"}, b'{"a":1}')
    assert (reply.status, reply.problem, reply.answer) == (200, "", "thanks")
    (asked,) = receiver.asked
    assert asked.body == b'{"a":1}'
    assert asked.path == "/in?from=digest"
    assert asked.headers["webhook-id"] == "msg_1"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["user-agent"] == "digest/test"
    assert asked.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "192.168.1.1",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.1",
        "fd00::1",
    ],
)
def test_nothing_is_sent_into_private_networks(address, receiver):
    poster = Poster("digest/test", QUICK, resolve=lambda *_: [ip_address(address)])
    url = receiver.url("/in", host="inside.example.org")
    with pytest.raises(InputError, match="not a public address"):
        poster.check(url)
    assert "is not a public address" in poster.post(url, {}, b"{}").problem
    assert receiver.asked == []


def test_a_name_that_turns_private_after_it_was_added_is_refused_then(receiver):
    answers = [[ip_address("93.184.215.14")], LOOPBACK]
    poster = Poster("digest/test", QUICK, resolve=lambda *_: answers.pop(0))
    url = receiver.url("/in", host="rebinding.example.org")
    poster.check(url)
    assert "is not a public address" in poster.post(url, {}, b"{}").problem
    assert receiver.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org",
        "example.org/hook",
        "https://",
        "https://user:secret@example.org/",
        "https://example.org/#part",
        "https://example.org/" + "a" * 2000,
        "https://exa mple.org/",
        "https://example.org:0/",
        "https://example.org:65536/",
        "http://example.org:70000/",
    ],
)
def test_what_is_no_plain_web_address_is_refused(poster, url):
    with pytest.raises(InputError):
        poster.check(url)


def test_a_name_that_nobody_knows_yet_may_be_added_and_fails_when_it_is_told():
    def unknown(*_):
        raise OSError(-2, "Name or service not known")

    poster = Poster("digest/test", QUICK, resolve=unknown)
    poster.check("https://soon.example.org/")
    reply = poster.post("https://soon.example.org/", {}, b"{}")
    assert reply.problem == "soon.example.org cannot be looked up: Name or service not known"


def test_a_name_in_letters_is_looked_up_as_it_is_asked_for(receiver):
    looked_up = []

    def resolve(host, _port):
        looked_up.append(host)
        return LOOPBACK

    poster = Poster("digest/test", QUICK, allowed=anywhere, resolve=resolve)
    url = receiver.url("/in", host="fa\u00df.example")
    poster.check(url)
    assert poster.post(url, {}, b"{}").status == 200
    assert looked_up == ["xn--fa-hia.example"] * 2  # IDNA 2003 would make it fass.example
    assert receiver.asked[0].headers["host"] == f"xn--fa-hia.example:{receiver.port}"


def test_what_a_receiver_writes_instead_of_http_is_not_quoted(poster, receiver):
    for begin in (b"HTTP/1.1 2x0 for ann@example.org", b"ann@example.org", b"HTTP/1.1 200\r\nann@"):
        receiver.pages["/odd"] = lambda _asked, write, begin=begin: write(begin + b"\r\n\r\n")
        reply = poster.post(receiver.url("/odd"), {}, b"{}")
        assert reply.status is None
        assert reply.problem == "127.0.0.1: what it answered is not HTTP, or broke off"


def test_whatever_goes_wrong_is_a_failed_attempt(receiver, caplog):
    def broken(*_):
        raise OverflowError("no such thing as ann@example.org")

    poster = Poster("digest/test", QUICK, resolve=broken)
    reply = poster.post(receiver.url("/in"), {}, b"{}")
    assert (reply.status, reply.problem) == (None, "an error of the program (OverflowError)")
    assert "OverflowError" in caplog.text
    assert "ann@" not in caplog.text
    assert "port" in poster.post("http://example.org:70000/", {}, b"{}").problem


def test_a_redirect_is_not_followed(poster, receiver):
    receiver.pages["/moved"] = redirect("/in")
    reply = poster.post(receiver.url("/moved"), {}, b"{}")
    assert reply.status == 302
    assert "redirects are not followed" in reply.problem
    assert receiver.paths == ["/moved"]


def test_a_receiver_that_does_not_answer_is_left(poster, receiver):
    receiver.pages["/slow"] = silent
    reply = poster.post(receiver.url("/slow"), {}, b"{}")
    assert reply.status is None
    assert reply.problem.endswith("no answer within 1 s")
    assert reply.milliseconds >= 1000


def test_an_answer_without_end_is_not_read_to_its_end(poster, receiver):
    receiver.pages["/huge"] = endless(b"x" * 10_000)
    reply = poster.post(receiver.url("/huge"), {}, b"{}")
    assert (reply.status, reply.problem) == (200, "")
    assert len(reply.answer) == QUICK.most_bytes


def test_an_answer_that_drips_or_breaks_off_still_counts_by_its_status(poster, receiver):
    receiver.pages["/drip"] = endless(b"x", pause=0.2, pieces=100)
    receiver.pages["/half"] = half(b"so far")
    began = monotonic()
    patient = Poster("digest/test", replace(QUICK, total_seconds=20), allowed=anywhere)
    assert patient.post(receiver.url("/drip"), {}, b"{}").status == 200
    assert monotonic() - began < 15  # it would drip for 20 s
    reply = poster.post(receiver.url("/half"), {}, b"{}")
    assert (reply.status, reply.problem, reply.answer) == (200, "", "so far")


def test_hostile_words_of_an_answer_are_plain_text(poster, receiver):
    receiver.pages["/odd"] = answer(b"\x00\xff<b>no</b>\x1b[31m", status=500)
    reply = poster.post(receiver.url("/odd"), {}, b"{}")
    assert reply.status == 500
    assert "\x00" not in reply.answer
    assert "\x1b" not in reply.answer


def test_certificates_are_verified_against_the_name(tmp_path):
    import ssl

    authority = Authority(tmp_path)
    with WebServer(tls=authority.server_context("hooks.example.org")) as server:
        server.pages["/in"] = answer(b"ok")
        trusting = lambda: ssl.create_default_context(cafile=authority.ca_file)  # noqa: E731
        here = {"allowed": anywhere, "resolve": lambda *_: LOOPBACK}
        poster = Poster("digest/test", QUICK, certificates=trusting, **here)
        assert poster.post(server.url("/in", host="hooks.example.org"), {}, b"{}").status == 200
        other = poster.post(server.url("/in", host="other.example.org"), {}, b"{}")
        assert other.status is None
        assert "certificate" in other.problem.lower()
        strangers = Poster("digest/test", QUICK, **here)
        unknown = strangers.post(server.url("/in", host="hooks.example.org"), {}, b"{}")
        assert "certificate" in unknown.problem.lower()
        assert len(server.asked) == 1
