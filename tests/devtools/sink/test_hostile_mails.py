"""The inbox shows whatever came, quickly, and to this machine only."""

import time

import httpx
import pytest

from digest.devtools.sink.inbox import make_inbox
from digest.devtools.sink.inbox_message import Link, open_message, summarise
from digest.devtools.sink.sink import Sink
from digest.devtools.sink.spool import Envelope, Spool
from digest.ground.shipped import templates_dir
from tests.factories import NOON
from tests.web.serving import serving

HTML = b"Content-Type: text/html\r\n\r\n"
NESTED = b"".join(
    b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number)
    for number in range(3_000)
)
MAILS = {
    "charset": "Subject: =?x\U0001f4a9?b?YQ==?=\r\n\r\nHi".encode(),
    "base64": b"Subject: =?utf-8?b?A?=\r\n\r\nHi",
    "nested": b"Subject: deep\r\n" + NESTED,
    "forwarded": b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
    "tags": HTML + b"<a " * 20_000,
    "open": HTML + b"<div><a href=x>" * 20_000,
    "declaration": HTML + b"<!" * 30_000,
    "nothing": HTML,
    "charset with NUL": b"Content-Type: text/html; charset=a\0b\r\n\r\n\xe4",
    "nul": HTML + b"\0" * 1000,
}


@pytest.mark.parametrize("name", MAILS)
def test_a_hostile_mail_opens_at_once(name):
    start = time.process_time()
    open_message(MAILS[name])
    summarise(MAILS[name])
    assert time.process_time() - start < 2


def test_links_are_read_as_before():
    page = (
        b'<p>See <a href=" https://a.example/ ">the <b>first</b> one</a>, '
        b'<a href="https://b.example/"><img src="x" alt="second"></a><!-- no -->, '
        b'<a name="n">no</a>'
    )
    assert open_message(HTML + page).links == (
        Link("the first one", "https://a.example/"),
        Link("second", "https://b.example/"),
    )


def test_all_pages_work_with_all_of_them_in_the_inbox(tmp_path):
    spool = Spool(tmp_path)
    for data in MAILS.values():
        spool.add(Envelope("", ("ann@example.org",)), data, at=NOON)
    with (
        Sink(directory=tmp_path) as sink,
        serving(make_inbox(sink, templates_dir())) as address,
        httpx.Client(base_url=address, timeout=60) as web,
    ):
        paths = ["/", "/api/messages"]
        for number in range(1, len(MAILS) + 1):
            paths += [f"/messages/{number}/text", f"/api/messages/{number}"]
        assert {path: web.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8025", "127.0.0.1.nip.io", "["])
def test_a_name_that_leads_here_is_not_answered(host):
    with Sink() as sink, serving(make_inbox(sink, templates_dir())) as address:
        assert httpx.get(address, headers={"Host": host}).status_code == 421
        for good in ("127.0.0.1", "localhost:8025", "[::1]:8025"):
            assert httpx.get(address, headers={"Host": good}).status_code == 200
