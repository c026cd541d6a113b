"""The relay against Postfix and Exim as they are: what they queued is what they told us.

Wherever a server accepts or refuses, the answers recorded and the server's own queue must agree, a
recipient at a time; nothing is lost, nothing is there twice.
"""

import pytest

from digest.errors import UnreachableError
from digest.model import Reply
from tests.certificates import Authority
from tests.smtp import real_servers
from tests.smtp.notes import Notes, make_message, make_messages, make_relay

HOST = "127.0.0.1"
LINE = b"A line of a digest as it goes out, seventy-six columns wide, and no dot....=\r\n"
LONG_BODY = b"Subject: long\r\n\r\n" + LINE * 560
DOTTED_BODY = b"Subject: dots\r\n\r\n.\r\n..\r\n.one\r\nend\r\n..\r\n" + LINE + b".\r\n"

needs_postfix = pytest.mark.skipif(
    bool(real_servers.missing_postfix()), reason=real_servers.missing_postfix()
)
needs_exim = pytest.mark.skipif(
    bool(real_servers.missing_exim()), reason=real_servers.missing_exim()
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def certificate(authority):
    """A file with a key and a certificate for HOST; on loopback, and for an hour."""
    authority.server_context(HOST)
    return (authority.ca_file.parent / f"{HOST}.pem").read_text()


SERVERS = [
    pytest.param(run, pipelining, tls, marks=mark, id=f"{name}-{how}-{line}")
    for name, run, mark in (
        ("postfix", real_servers.postfix, needs_postfix),
        ("exim", real_servers.exim, needs_exim),
    )
    for pipelining, how in ((True, "pipelining"), (False, "lock-step"))
    for tls, line in ((False, "plain"), (True, "starttls"))
]
every_way = pytest.mark.parametrize(("run", "pipelining", "tls"), SERVERS)


@pytest.fixture
def meet(authority, certificate):
    """Give what starts a server, and what makes a relay for it."""

    def run_server(run, pipelining, tls, **options):
        return run(pipelining=pipelining, certificate=certificate if tls else "", **options)

    def relay_to(server, tls, **options):
        options = {"connections": 4} | options
        if tls:
            options |= {"scheme": "smtp+starttls", "ca_file": authority.ca_file}
        return make_relay(server.port, host=HOST, **options)

    return run_server, relay_to


def hand_over(relay, messages):
    """Deliver and close; return what was noted, also when the relay gave up on the server."""
    notes, trouble = Notes(), None
    try:
        relay.deliver(iter(messages), notes, lambda: False)
    except UnreachableError as exc:
        trouble = exc
    finally:
        relay.close()
    return notes, trouble


def assert_the_server_agrees(server, messages, notes):
    """What was answered by 250 is in the queue, once and as it was; nothing else is."""
    accepted = {
        message.recipient: message.body.partition(b"\r\n\r\n")[2]
        for message in messages
        if isinstance(answer := notes.answers.get(message.key), Reply) and answer.code == 250
    }
    queue = server.queue()
    assert len(queue) == len(accepted)
    assert {stored.recipient: stored.body for stored in queue} == accepted


def mixed(count):
    """Short messages, long ones, and such with dots wherever a dot is in the way."""
    bodies = {0: LONG_BODY, 1: DOTTED_BODY}
    return [make_message(key, body=bodies.get(key % 5, b"")) for key in range(1, count + 1)]


@every_way
def test_every_message_is_queued_once_as_it_was(meet, run, pipelining, tls):
    run_server, relay_to = meet
    messages = mixed(30)
    with run_server(run, pipelining, tls) as server:
        notes, _ = hand_over(relay_to(server, tls), messages)
        assert_the_server_agrees(server, messages, notes)
    assert {answer.code for answer in notes.answers.values()} == {250}
    assert len(notes.answers) == 30


@every_way
def test_a_refused_reader_costs_only_his_own_message(meet, run, pipelining, tls):
    run_server, relay_to = meet
    messages = mixed(24)
    refused = {key for key in range(1, 25) if key % 3 == 0}
    names = [f"r{key}" for key in refused]
    with run_server(run, pipelining, tls, refused=names) as server:
        notes, _ = hand_over(relay_to(server, tls), messages)
        assert_the_server_agrees(server, messages, notes)
    assert {key for key, answer in notes.answers.items() if answer.code == 250} == (
        set(range(1, 25)) - refused
    )
    for key in refused:
        assert (notes.answers[key].code // 100, notes.answers[key].command) == (5, "RCPT")
        assert "no such reader" in notes.answers[key].text


@pytest.mark.parametrize("pipelining", [True, False])
@needs_postfix
def test_postfix_is_not_offered_what_is_larger_than_it_takes(meet, pipelining):
    messages = mixed(20)
    run_server, relay_to = meet
    limit = {"message_size_limit": "20000"}
    with run_server(real_servers.postfix, pipelining, False, **limit) as server:
        notes, _ = hand_over(relay_to(server, False), messages)
        assert_the_server_agrees(server, messages, notes)
    too_large = {message.key for message in messages if message.body is LONG_BODY}
    assert {key for key, answer in notes.answers.items() if answer.code == 552} == too_large
    assert not too_large & set(notes.begun)


@needs_postfix
def test_postfix_that_hides_its_limit_refuses_at_the_final_dot(meet):
    messages = mixed(20)
    _, relay_to = meet
    hidden = {"message_size_limit": "20000", "smtpd_discard_ehlo_keywords": "size"}
    with real_servers.postfix(**hidden) as server:
        notes, _ = hand_over(relay_to(server, False), messages)
        assert_the_server_agrees(server, messages, notes)
    for message in messages:
        answer = notes.answers[message.key]
        large = message.body is LONG_BODY
        assert (answer.code, answer.command) == ((552 if large else 250), ".")


@pytest.mark.parametrize("pipelining", [True, False])
@needs_postfix
def test_postfix_says_421_after_so_many_mistakes_and_nobody_is_left_out(meet, pipelining):
    run_server, relay_to = meet
    messages = make_messages(30)
    refused = [f"r{key}" for key in range(1, 31) if key % 2]
    limits = {"smtpd_hard_error_limit": "4", "smtpd_error_sleep_time": "0"}
    with run_server(real_servers.postfix, pipelining, False, refused=refused, **limits) as server:
        notes, _ = hand_over(relay_to(server, False), messages)
        assert_the_server_agrees(server, messages, notes)
    assert {key for key, answer in notes.answers.items() if answer.code == 250} == {
        key for key in range(1, 31) if key % 2 == 0
    }


@needs_postfix
def test_postfix_that_takes_few_connections_gets_all_by_those(meet):
    _, relay_to = meet
    messages = make_messages(30)
    few = {"smtpd_client_connection_count_limit": "2", "smtpd_client_event_limit_exceptions": ""}
    with real_servers.postfix(**few) as server:
        notes, _ = hand_over(relay_to(server, False, connections=6), messages)
        assert_the_server_agrees(server, messages, notes)
    assert {answer.code for answer in notes.answers.values()} == {250}


@pytest.mark.parametrize("pipelining", [True, False])
@needs_postfix
def test_postfix_that_has_had_enough_of_us_gets_no_more(meet, pipelining):
    """Too many messages a minute is said to MAIL, with a policy code: it is about our sender."""
    run_server, relay_to = meet
    messages = make_messages(30)
    few = {"smtpd_client_message_rate_limit": "10", "smtpd_client_event_limit_exceptions": ""}
    with run_server(real_servers.postfix, pipelining, False, **few) as server:
        notes, trouble = hand_over(relay_to(server, False), messages)
        assert_the_server_agrees(server, messages, notes)
    codes = [answer.code for answer in notes.answers.values() if isinstance(answer, Reply)]
    assert codes.count(250) == 10
    assert "4.7.1 Error: too much mail" in str(trouble)


@pytest.mark.parametrize("pipelining", [True, False])
@needs_exim
def test_exim_that_takes_few_messages_a_connection_gets_all_by_new_ones(meet, pipelining):
    run_server, relay_to = meet
    messages = mixed(50)
    few = {"smtp_accept_max_per_connection": "7"}
    with run_server(real_servers.exim, pipelining, False, **few) as server:
        notes, _ = hand_over(relay_to(server, False), messages)
        assert_the_server_agrees(server, messages, notes)
    assert {answer.code for answer in notes.answers.values()} == {250}


@needs_exim
def test_exim_refuses_at_the_final_dot_what_was_larger_than_it_takes(meet):
    _, relay_to = meet
    messages = mixed(20)
    with real_servers.exim(message_size_limit="20K") as server:
        notes, _ = hand_over(relay_to(server, False), messages)
        assert_the_server_agrees(server, messages, notes)
    for message in messages:
        code = notes.answers[message.key].code
        assert code == (552 if message.body is LONG_BODY else 250)
