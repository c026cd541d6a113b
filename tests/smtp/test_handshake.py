"""The handshake, against real servers with real certificates."""

import asyncio
import socket
from ipaddress import ip_address

import pytest

from digest.errors import SettingsError, UnreachableError
from digest.model import Reply
from digest.smtp.handshake import Handshake, own_name
from digest.smtp.smtp_url import SmtpUrl
from tests.certificates import Authority
from tests.smtp.mail_server import mail_server
from tests.smtp.notes import Notes, deliver, make_message, make_messages, make_relay
from tests.smtp.scripted_server import HANG_UP, SILENCE, Behaviour, ScriptedServer, answering

# The servers in this file are on loopback; aiosmtpd warns about a login without its own STARTTLS.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

LOGIN = ("ann@example.org", "p:/@%ss")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def failure_of(relay):
    """Open a relay that cannot be opened; return what an operator is told."""
    with pytest.raises(UnreachableError) as caught:
        relay.open()
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_mail_goes_through_tls_with_a_login(authority, scheme):
    context = authority.server_context("127.0.0.1")
    kind = {"smtps": "tls", "smtp+starttls": "starttls"}[scheme]
    big = make_message(9, body=b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 20_000)
    with mail_server(**{kind: context}, login=LOGIN) as (port, lease_keeper):
        relay = make_relay(
            port,
            scheme=scheme,
            user=LOGIN[0],
            password=LOGIN[1],
            ca_file=authority.ca_file,
            connections=3,
        )
        notes = deliver(relay, [*make_messages(5), big])
    assert set(notes.answers.values()) == {Reply(250, "2.0.0 kept", ".")}
    assert len(notes.answers) == 6
    assert lease_keeper.encrypted
    contents = {recipient: content for _, recipient, content in lease_keeper.messages}
    assert contents["r9@example.org"] == big.body


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_for_another_name_is_refused(authority, scheme):
    context = authority.server_context("elsewhere.example.org")
    kind = {"smtps": "tls", "smtp+starttls": "starttls"}[scheme]
    with mail_server(**{kind: context}) as (port, lease_keeper):
        told = failure_of(make_relay(port, scheme=scheme, ca_file=authority.ca_file))
    assert told.startswith(f"TLS failed at 127.0.0.1:{port}")
    assert not lease_keeper.messages


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(authority, scheme):
    context = authority.server_context("127.0.0.1")
    kind = {"smtps": "tls", "smtp+starttls": "starttls"}[scheme]
    with mail_server(**{kind: context}, login=LOGIN) as (port, _):
        told = failure_of(make_relay(port, scheme=scheme, user=LOGIN[0], password=LOGIN[1]))
    assert told.startswith(f"TLS failed at 127.0.0.1:{port}")
    assert LOGIN[1] not in told


def test_a_wrong_password_is_told_and_not_tried_again(authority):
    context = authority.server_context("127.0.0.1")
    with mail_server(starttls=context, login=LOGIN) as (port, _):
        options = {"scheme": "smtp+starttls", "user": LOGIN[0], "password": "hunter2"}
        relay = make_relay(port, ca_file=authority.ca_file, **options)
        told = failure_of(relay)
        with pytest.raises(UnreachableError, match="AUTH"):
            relay.deliver(iter(make_messages(1)), Notes(), lambda: False)
        relay.close()
    assert told.startswith(f"AUTH failed at 127.0.0.1:{port}: 535")
    assert "hunter2" not in told


def test_without_starttls_nothing_goes_on():
    with ScriptedServer() as server:
        told = failure_of(make_relay(server.port, scheme="smtp+starttls"))
    assert told.startswith(f"STARTTLS failed at 127.0.0.1:{server.port}")
    assert server.commands == ["EHLO [127.0.0.1]"]


def test_a_login_is_sent_in_clear_to_this_machine_only():
    with mail_server(login=LOGIN, auth_needs_tls=False) as (port, lease_keeper):
        deliver(make_relay(port, user=LOGIN[0], password=LOGIN[1]), make_messages(1))
        assert len(lease_keeper.messages) == 1
    told = failure_of(make_relay(port, host="mail.example.org", user="ann", password="hunter2"))
    assert "unencrypted" in told
    assert "hunter2" not in told


def test_each_step_that_fails_is_named():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        closed_port = probe.getsockname()[1]
    assert failure_of(make_relay(closed_port)).startswith(
        f"connect failed at 127.0.0.1:{closed_port}"
    )
    assert failure_of(make_relay(25, host="no-such-host.invalid")).startswith("DNS failed")
    cases = [
        (Behaviour(greeting=b"554 5.7.1 go away\r\n"), "greeting failed"),
        (Behaviour(greeting=HANG_UP), "greeting failed"),
        (Behaviour(greeting=SILENCE), "greeting failed"),
        (Behaviour(answer=answering(EHLO=b"421 busy\r\n")), "EHLO failed"),
        (Behaviour(answer=answering(EHLO=b"garbage\r\n")), "EHLO failed"),
        (Behaviour(answer=answering(EHLO=HANG_UP)), "EHLO failed"),
        (Behaviour(answer=answering(EHLO=SILENCE)), "EHLO failed"),
    ]
    for behaviour, told in cases:
        with ScriptedServer(behaviour) as server:
            assert failure_of(make_relay(server.port, timeout_seconds=0.2)).startswith(told)


def test_a_server_that_knows_no_ehlo_is_greeted_with_helo():
    old = answering(EHLO=b"502 what?\r\n", HELO=b"250 hello\r\n")
    with ScriptedServer(Behaviour(answer=old)) as server:
        notes = deliver(make_relay(server.port), make_messages(1))
    assert notes.answers == {1: Reply(250, "ok", ".")}
    assert server.commands[:2] == ["EHLO [127.0.0.1]", "HELO [127.0.0.1]"]


def test_the_name_in_ehlo_says_something():
    names = {
        "digest.example.org": "digest.example.org",
        "localhost": "[192.0.2.1]",
        "localhost.localdomain": "[192.0.2.1]",
        "shortname": "[192.0.2.1]",
    }
    for full_name, told in names.items():
        assert asyncio.run(own_name("192.0.2.1", lambda name=full_name: name)) == told
    short = asyncio.run(own_name("fe80::1%eth0", lambda: "shortname"))
    assert short == f"[IPv6:{ip_address('fe80::1')}]"


def test_a_given_name_is_used_and_a_wrong_one_is_refused():
    with mail_server() as (port, lease_keeper):
        deliver(make_relay(port, hostname="digest.example.org"), make_messages(1))
    assert lease_keeper.hello == "digest.example.org"
    with pytest.raises(SettingsError, match="DIGEST_SMTP_HOSTNAME"):
        make_relay(port, hostname="digest.example.org\r\nMAIL FROM:<>")


def test_a_certificate_file_that_is_none_is_a_settings_error(tmp_path):
    with pytest.raises(SettingsError, match="DIGEST_SMTP_CA_FILE"):
        make_relay(25, scheme="smtps", ca_file=tmp_path / "missing.pem")
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(SettingsError, match="DIGEST_SMTP_CA_FILE"):
        make_relay(25, scheme="smtps", ca_file=tmp_path / "empty.pem")


def test_small_writes_are_not_held_back():
    async def nodelay(port):
        url = SmtpUrl("smtp", "127.0.0.1", port)
        entered = await Handshake(url, "", 5, False, None).connect()
        line = entered.transport.get_extra_info("socket")
        answer = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        entered.transport.abort()
        await asyncio.sleep(0)
        return answer

    with ScriptedServer() as server:
        assert asyncio.run(nodelay(server.port))
