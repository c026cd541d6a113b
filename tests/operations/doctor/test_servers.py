"""The relay and the pages, each failing in its own way, for real."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from digest.operations.doctor import servers
from digest.operations.doctor.finding import Level
from tests.certificates import Authority
from tests.smtp.mail_server import mail_server
from tests.smtp.notes import make_relay
from tests.smtp.scripted_server import Behaviour, ScriptedServer, answering

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
SENDER = "bounces@example.org"
LOGIN = ("ann", "right")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def judged(*ports, **options):
    return servers.smtp(make_relay(*ports, **options), SENDER)


def failure(port, **options) -> str:
    found = judged(port, **options)
    assert found.level is Level.FAIL
    assert found.mend
    assert "hunter2" not in found.what
    return found.what


def test_a_relay_that_takes_our_sender_is_well():
    with ScriptedServer() as server:
        assert judged(server.port).level is Level.OK
        found = judged(server.port, 1)  # of several each is asked
    assert found.level is Level.FAIL
    assert "connect failed at 127.0.0.1:1:" in found.what


def test_the_step_that_fails_is_named(authority):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        closed_port = probe.getsockname()[1]
    assert failure(closed_port).startswith("connect failed at 127.0.0.1")
    assert failure(25, host="no-such-host.invalid").startswith("DNS failed")
    with ScriptedServer() as server:
        assert failure(server.port, scheme="smtp+starttls").startswith("STARTTLS failed")
    with mail_server(starttls=authority.server_context("elsewhere.example.org")) as (port, _):
        told = failure(port, scheme="smtp+starttls", ca_file=authority.ca_file)
        assert told.startswith("TLS failed")
    with mail_server(starttls=authority.server_context("127.0.0.1"), login=LOGIN) as (port, _):
        options = {"scheme": "smtp+starttls", "ca_file": authority.ca_file}
        told = failure(port, user="ann", password="hunter2", **options)
        assert told.startswith("AUTH failed")
    with ScriptedServer(Behaviour(answer=answering(MAIL=b"550 5.7.1 not you\r\n"))) as server:
        told = failure(server.port)
        assert told.startswith("sender refused")
        assert "550 5.7.1 not you" in told


@pytest.fixture
def page():
    """Serve one answer to everybody: (status, instance); gives its address."""
    answer = {"status": 200, "instance": servers.instance(b"our key")}

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answer["status"])
            if answer["instance"]:
                self.send_header(servers.INSTANCE_HEADER, answer["instance"])
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", answer
        server.shutdown()
        thread.join()


def test_the_address_of_the_pages_must_lead_to_this_very_service(page):
    address, answer = page
    assert servers.base_url(address, b"our key").level is Level.WARN  # no TLS
    assert "another DIGEST_SECRET_KEY" in servers.base_url(address, b"their key").what
    answer["instance"] = ""
    assert "not as this service does" in servers.base_url(address, b"our key").what
    answer["status"] = 502
    assert servers.base_url(address, b"our key").level is Level.FAIL
    assert "does not answer" in servers.base_url("http://127.0.0.1:1", b"our key").what
