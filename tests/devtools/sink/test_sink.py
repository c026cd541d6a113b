import os
import shutil
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.devtools.sink.sink import Sink, listen
from digest.errors import InputError, UnreachableError
from tests.certificates import Authority

LETTER = b"From: <news@example.org>\r\nSubject: Hello\r\n\r\nA first line.\r\n"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("certificates"))
    return authority.server_context("127.0.0.1"), authority.ca_file


@contextmanager
def client_of(sink: Sink, *, timeout: float = 5) -> Iterator[smtplib.SMTP]:
    """A client that is closed, not politely quit, because some sinks do not answer."""
    client = smtplib.SMTP(sink.host, sink.port, local_hostname="client.example", timeout=timeout)
    try:
        yield client
    finally:
        client.close()


def post(
    sink: Sink,
    *recipients: str,
    data: bytes = LETTER,
    sender: str = "news@example.org",
    timeout: float = 5,
) -> dict[str, tuple[int, bytes]]:
    """Send one message; return the refused recipients or raise what smtplib raises."""
    with client_of(sink, timeout=timeout) as client:
        return client.sendmail(sender, recipients or ["ann@example.org"], data)


def misbehaving(*rules: str) -> Sink:
    return Sink(misbehaviour=Misbehaviour(map(parse_rule, rules)))


def refusal_of(sink: Sink, *recipients: str, sender: str = "news@example.org") -> bytes:
    """The reply with which a message is refused, at whichever command."""
    with pytest.raises(smtplib.SMTPException) as refused:
        post(sink, *recipients, sender=sender)
    error = refused.value
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
    else:
        assert isinstance(error, smtplib.SMTPResponseException)
        code, text = error.smtp_code, error.smtp_error
    return b"%d %s" % (code, text if isinstance(text, bytes) else text.encode())


# What it keeps


def test_a_message_is_kept_with_its_envelope(sink):
    with client_of(sink) as client:
        client.sendmail("news@example.org", ["ann@example.org", "bob@example.org"], LETTER)
    (received,) = sink.messages
    assert received.id == 1
    assert received.sender == "news@example.org"
    assert received.recipients == ("ann@example.org", "bob@example.org")
    assert received.data == LETTER
    assert received.size == len(LETTER)
    assert received.at.tzinfo is not None
    assert received["Subject"] == "Hello"
    assert received["Reply-To"] is None
    assert received.envelope.helo == "client.example"
    assert not received.envelope.tls


def test_the_null_return_path_is_empty(sink):
    post(sink, sender="")
    assert sink.messages[0].sender == ""


@pytest.mark.parametrize(
    "body",
    [
        b".\r\n..\r\n.leading dot\r\n...\r\n",
        b"x" * 998 + b"\r\n." + b"y" * 997 + b"\r\n",
        "Grüße, 你好, عربى\r\n".encode(),
        bytes(range(128, 256)) + b"\r\n",
        b"no blank \r\n\ttab\t\r\n\r\n\r\n",
        b"",
    ],
    ids=["dots", "998 octets", "utf-8", "high bytes", "blanks", "empty body"],
)
def test_the_bytes_arrive_as_they_were_sent(sink, body):
    post(sink, data=LETTER + body)
    assert sink.messages[0].data == LETTER + body


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.lists(
        st.one_of(
            st.sampled_from([b"", b".", b"..", b" .", b"QUIT", b"\x00"]),
            st.binary(max_size=60).filter(lambda line: not set(line) & set(b"\r\n")),
        ),
        max_size=20,
    )
)
def test_any_lines_arrive_as_they_were_sent(sink, lines):
    data = LETTER + b"".join(line + b"\r\n" for line in lines)
    post(sink, data=data)
    assert sink.messages[-1].data == data


def test_a_line_over_998_octets_is_refused_and_the_connection_goes_on(sink):
    with client_of(sink) as client:
        with pytest.raises(smtplib.SMTPDataError, match="Line too long"):
            client.sendmail("news@example.org", ["ann@example.org"], LETTER + b"x" * 1200)
        client.sendmail("news@example.org", ["ann@example.org"], LETTER)
    assert len(sink.messages) == 1


def test_a_message_whose_size_was_not_told_is_refused_at_its_end():
    letter = LETTER + b"x" * (100 - len(LETTER) - 2) + b"\r\n"
    with Sink(max_bytes=100) as sink, client_of(sink) as client:
        for length, code in ((100, 250), (101, 552)):
            client.helo()  # so that it tells no size
            client.esmtp_features.clear()
            client.does_esmtp = False
            client.mail("news@example.org")
            client.rcpt("ann@example.org")
            assert client.data(b"y" * (length - 100) + letter)[0] == code
        assert [len(message.data) for message in sink.messages] == [100]


def test_a_message_over_the_announced_size_is_refused():
    with Sink(max_bytes=100) as sink, client_of(sink) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "100"
        with pytest.raises(smtplib.SMTPSenderRefused):
            client.sendmail("news@example.org", ["ann@example.org"], LETTER * 3)


def test_it_offers_what_the_relay_makes_use_of(sink):
    with client_of(sink) as client:
        client.ehlo()
        assert {"pipelining", "8bitmime", "size", "smtputf8"} <= set(client.esmtp_features)
        assert not {"auth", "starttls"} & set(client.esmtp_features)


def test_pipelining_can_be_switched_off():
    with Sink(pipelining=False) as sink, client_of(sink) as client:
        client.ehlo()
        assert not client.has_extn("pipelining")


def test_an_address_may_have_a_local_part_in_any_script(sink):
    with client_of(sink) as client:
        client.ehlo()
        client.sendmail("news@example.org", ["jörg@example.org"], LETTER, ["SMTPUTF8"])
    assert sink.messages[0].recipients == ("jörg@example.org",)


def test_the_newest_are_kept_and_all_are_counted():
    with Sink(keep=2) as sink, client_of(sink) as client:
        for name in ("ann", "bob", "cem"):
            client.sendmail("news@example.org", [f"{name}@example.org"], LETTER)
        received = sink.wait_for(3)
    assert sink.accepted == 3
    assert [message.recipients[0] for message in received] == ["bob@example.org", "cem@example.org"]


def test_waiting_for_more_than_comes_ends_with_the_numbers(sink):
    post(sink)
    with pytest.raises(TimeoutError, match=r"1 of 2 messages"):
        sink.wait_for(2, timeout_seconds=0.05)


def test_clearing_forgets_the_messages_and_no_number_comes_twice(sink):
    post(sink)
    sink.clear()
    assert sink.messages == []
    post(sink)
    assert [message.id for message in sink.wait_for(1)] == [2]


def test_connections_are_counted_and_named(sink):
    post(sink)
    with client_of(sink) as client:
        for _ in range(2):
            client.sendmail("news@example.org", ["ann@example.org"], LETTER)
    assert sink.connections == 2
    assert [message.envelope.connection for message in sink.messages] == [1, 2, 2]


def test_a_port_in_use_is_said(sink):
    with pytest.raises(UnreachableError, match=f"port {sink.port}: Address already in use"):
        Sink(port=sink.port).start()


def test_it_can_be_stopped_with_clients_connected_and_started_again(sink):
    port = sink.port
    with client_of(sink) as client:
        client.ehlo()
        sink.stop()
        sink.stop()
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
    sink.start()
    post(sink)
    assert sink.port == port
    assert len(sink.messages) == 1


def test_a_folder_that_is_gone_defers_the_message(tmp_path):
    with Sink(directory=tmp_path / "folder") as sink:
        shutil.rmtree(tmp_path / "folder")
        assert refusal_of(sink).startswith(b"452 4.3.1 The sink could not store it")
        assert sink.messages == []


def test_a_folder_is_one_running_sinks_alone(tmp_path):
    with Sink(directory=tmp_path) as first:
        post(first)
        second = Sink(directory=tmp_path)
        with pytest.raises(InputError, match=f"in {tmp_path}: process {os.getpid()}"):
            second.start()
        post(first)
        assert [message.id for message in first.messages] == [1, 2]
    with second:
        post(second)
        assert [message.id for message in second.messages] == [1, 2, 3]


# Pipelining (RFC 2920), on the bare socket


def converse(sink: Sink, *groups: bytes, replies: int) -> list[bytes]:
    """Write each group at once, then read the reply lines of all; continuation lines left out."""
    with socket.create_connection((sink.host, sink.port), timeout=5) as line:
        for group in groups:
            line.sendall(group)
        with line.makefile("rb") as answers:
            found = []
            while len(found) < replies and (answer := answers.readline()):
                if answer[3:4] == b" ":
                    found.append(answer)
    return found


ENVELOPE = b"MAIL FROM:<news@example.org>\r\nRCPT TO:<%s>\r\nDATA\r\n"


def test_the_next_envelope_may_come_behind_the_final_dot(sink):
    messages = b"".join(
        ENVELOPE % b"ann@example.org" + LETTER + b"Number %d\r\n.\r\n" % n for n in range(20)
    )
    replies = converse(sink, b"EHLO me\r\n" + messages + b"QUIT\r\n", replies=83)
    assert [reply[:3] for reply in replies] == [b"220", b"250"] + [
        b"250",
        b"250",
        b"354",
        b"250",
    ] * 20 + [b"221"]
    assert [m.data for m in sink.messages] == [LETTER + b"Number %d\r\n" % n for n in range(20)]


def test_connections_inherit_that_replies_go_out_at_once():
    with (
        listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()) as _,
        listener.accept()[0] as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_data_behind_a_refused_recipient_is_refused_by_position(sink):
    sink.replies = {"Full@example.org": "452 4.2.2 mailbox full"}
    refused = ENVELOPE % b"full@EXAMPLE.org" + b"RSET\r\n"
    accepted = ENVELOPE % b"ann@example.org" + LETTER + b".\r\n"
    replies = converse(sink, b"EHLO me\r\n", refused + accepted, replies=10)
    codes = [reply[:3] for reply in replies]
    assert codes == [b"220", b"250", b"250", b"452", b"503", b"250", b"250", b"250", b"354", b"250"]
    assert [message.recipients for message in sink.messages] == [("ann@example.org",)]


# TLS and AUTH


def test_starttls_with_a_certificate_that_verifies(certificates):
    context, ca_file = certificates
    with Sink(tls_context=context, require_starttls=True) as sink, client_of(sink) as client:
        assert sink.url == f"smtp+starttls://127.0.0.1:{sink.port}"
        client.ehlo()
        assert client.docmd("MAIL FROM:<news@example.org>")[0] == 530
        client.starttls(context=ssl.create_default_context(cafile=ca_file))
        client.sendmail("news@example.org", ["ann@example.org"], LETTER)
        assert sink.messages[0].envelope.tls


def test_tls_from_the_first_byte(certificates):
    context, ca_file = certificates
    with Sink(tls_context=context, implicit_tls=True, credentials={"me": "secret"}) as sink:
        assert sink.url == f"smtps://127.0.0.1:{sink.port}"
        trust = ssl.create_default_context(cafile=ca_file)
        with smtplib.SMTP_SSL(sink.host, sink.port, context=trust, timeout=5) as client:
            assert not client.has_extn("starttls")
            client.login("me", "secret")
            client.sendmail("news@example.org", ["ann@example.org"], LETTER)
    assert sink.messages[0].envelope.tls
    assert sink.messages[0].envelope.user == "me"


def test_an_unknown_authority_is_not_trusted(certificates):
    context, _ = certificates
    trust = ssl.create_default_context()
    with (
        Sink(tls_context=context) as sink,
        client_of(sink) as client,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        client.starttls(context=trust)
    assert sink.messages == []


def test_a_login_is_demanded_and_checked():
    with Sink(credentials={"me": "secret"}) as sink:
        assert refusal_of(sink) == b"530 5.7.0 Authentication required"
        with client_of(sink) as client:
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("me", "wrong")
            client.login("me", "secret")
            client.sendmail("news@example.org", ["ann@example.org"], LETTER)
    assert sink.messages[0].envelope.user == "me"


def test_no_password_is_taken_before_tls_where_tls_is_offered(certificates):
    context, ca_file = certificates
    credentials = {"me": "secret"}
    with Sink(tls_context=context, credentials=credentials) as sink, client_of(sink) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        client.starttls(context=ssl.create_default_context(cafile=ca_file))
        client.ehlo()
        client.login("me", "secret")
        client.sendmail("news@example.org", ["ann@example.org"], LETTER)
    assert sink.messages[0].envelope.user == "me"


# Misbehaviour


def test_refused_recipients_are_a_mapping(sink):
    sink.replies = {"full@example.org": "452 mailbox full", "gone@example.org": "550 no such user"}
    assert post(sink, "ann@example.org", "full@example.org", "gone@example.org") == {
        "full@example.org": (452, b"mailbox full"),
        "gone@example.org": (550, b"no such user"),
    }
    assert sink.messages[0].recipients == ("ann@example.org",)


@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "dot", "connect"])
def test_any_command_can_be_refused(step):
    with misbehaving(f"at {step}: 554 5.7.1 not today") as sink:
        assert refusal_of(sink) == b"554 5.7.1 not today"
    assert sink.messages == []


def test_a_pattern_is_compared_with_the_sender_at_mail_and_with_recipients_elsewhere():
    with misbehaving(
        "bounce+*@example.org at mail: 550 5.7.1 sender", "*@busy.example at dot: 451 4.3.2 later"
    ) as sink:
        assert refusal_of(sink, sender="bounce+17@example.org") == b"550 5.7.1 sender"
        assert refusal_of(sink, "x@example.org", "y@Busy.Example") == b"451 4.3.2 later"
        post(sink, "bounce+17@example.org")
    assert len(sink.messages) == 1


def test_every_third_message_is_refused():
    with misbehaving("every 3 at dot: 451 4.3.0 unlucky") as sink, client_of(sink) as client:
        outcomes = []
        for _ in range(7):
            try:
                client.sendmail("news@example.org", ["ann@example.org"], LETTER)
                outcomes.append(250)
            except smtplib.SMTPDataError as exc:
                outcomes.append(exc.smtp_code)
    assert outcomes == [250, 250, 451, 250, 250, 451, 250]


def test_greylisting_refuses_everyone_once():
    with misbehaving("first 1: 450 4.2.0 greylisted") as sink:
        assert refusal_of(sink, "ann@example.org") == b"450 4.2.0 greylisted"
        assert refusal_of(sink, "bob@example.org") == b"450 4.2.0 greylisted"
        post(sink, "ann@example.org")
    assert len(sink.messages) == 1


def test_a_connection_ends_with_421_after_so_many_messages():
    with misbehaving("after 2 at mail: 421 4.7.0 enough") as sink:
        for _ in range(2):
            with client_of(sink) as client:
                for _ in range(2):
                    client.sendmail("news@example.org", ["ann@example.org"], LETTER)
                with pytest.raises(smtplib.SMTPSenderRefused, match="enough"):
                    client.sendmail("news@example.org", ["ann@example.org"], LETTER)
    assert [message.envelope.connection for message in sink.messages] == [1, 1, 2, 2]


def test_after_421_nothing_that_was_pipelined_is_taken():
    with misbehaving("after 1 at mail: 421 4.7.0 enough") as sink:
        one = ENVELOPE % b"ann@example.org" + LETTER + b".\r\n"
        replies = converse(sink, b"EHLO me\r\n" + one * 3, replies=99)
    assert replies[-1] == b"421 4.7.0 enough\r\n"
    assert len(sink.messages) == 1


@pytest.mark.parametrize(
    ("step", "stored"), [("rcpt", 0), ("data", 0), ("body", 0), ("dot", 0), ("stored", 1)]
)
def test_the_connection_can_be_dropped_at_any_step(step, stored):
    with misbehaving(f"at {step}: drop") as sink:
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            post(sink, data=LETTER + b"x" * 70 + b"\r\n")
        assert len(sink.messages) == stored


def test_the_line_can_be_cut_in_the_middle_of_a_long_body():
    data = LETTER + b"A line of the body.\r\n" * 500_000
    lost = (smtplib.SMTPServerDisconnected, ConnectionError)
    with misbehaving("at body: drop") as sink, pytest.raises(lost):
        post(sink, data=data)
    assert sink.messages == []


def test_the_line_can_be_cut_under_tls(certificates):
    context, ca_file = certificates
    rules = Misbehaviour([parse_rule("at stored: drop")])
    with Sink(tls_context=context, misbehaviour=rules) as sink, client_of(sink) as client:
        client.starttls(context=ssl.create_default_context(cafile=ca_file))
        with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
            client.sendmail("news@example.org", ["ann@example.org"], LETTER)
        assert len(sink.messages) == 1


@pytest.mark.parametrize(("step", "stored"), [("connect", 0), ("mail", 0), ("body", 0), ("dot", 0)])
def test_it_can_leave_a_client_without_an_answer(step, stored):
    with misbehaving(f"at {step}: hang") as sink:
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            post(sink, timeout=0.2)
        assert len(sink.messages) == stored


def test_a_late_final_reply_is_about_a_message_that_is_stored_already():
    with misbehaving("at stored: wait 30") as sink:
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            post(sink, timeout=0.2)
        assert len(sink.messages) == 1


def test_every_reply_can_be_late():
    with misbehaving("at any: wait 0.05") as sink, client_of(sink) as client:
        client.sendmail("news@example.org", ["ann@example.org"], LETTER)
        (received,) = sink.messages
        before = received.at
        client.sendmail("news@example.org", ["ann@example.org"], LETTER)
    between = (sink.messages[1].at - before).total_seconds()
    assert between >= 4 * 0.05  # the final reply, then MAIL, RCPT and DATA


def test_rules_can_be_replaced_while_a_client_is_connected(sink):
    with client_of(sink) as client:
        client.sendmail("news@example.org", ["ann@example.org"], LETTER)
        sink.misbehaviour = Misbehaviour([parse_rule("at dot: 451 4.3.0 not now")])
        with pytest.raises(smtplib.SMTPDataError, match="not now"):
            client.sendmail("news@example.org", ["ann@example.org"], LETTER)
