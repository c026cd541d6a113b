"""The pool, against real servers."""

import asyncio
import gc
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import weakref
from contextlib import contextmanager
from itertools import count

import pytest

from digest.errors import UnreachableError
from digest.model import Lost, Reply, Unreachable
from tests.smtp.mail_server import mail_server
from tests.smtp.notes import Notes, deliver, make_message, make_messages, make_relay
from tests.smtp.scripted_server import (
    HANG_UP,
    SILENCE,
    Behaviour,
    ScriptedServer,
    answering,
    on_nth,
    slowly,
    well_behaved,
)

OK = Reply(250, "ok", ".")


def never():
    return False


def test_a_real_server_gets_every_message_once():
    messages = make_messages(60)
    with mail_server() as (port, lease_keeper):
        notes = deliver(make_relay(port, connections=4), messages)
    assert set(notes.answers.values()) == {Reply(250, "2.0.0 kept", ".")}
    assert sorted(lease_keeper.messages) == sorted(
        (message.sender, message.recipient, message.body) for message in messages
    )


def test_connections_stay_open_between_deliveries_and_quit_in_the_end():
    with ScriptedServer() as server:
        with make_relay(server.port, connections=2) as relay:
            for _ in range(3):
                notes = Notes()
                relay.deliver(iter(make_messages(20)), notes, never)
                assert len(notes.answers) == 20
        assert server.connections == 2
        assert server.commands.count("QUIT") == 2


def test_messages_are_pulled_only_when_a_connection_can_take_them():
    notes, most = Notes(), 0

    def messages():
        nonlocal most
        for pulled, message in enumerate(make_messages(50)):
            most = max(most, pulled - len(notes.answers))
            yield message

    with (
        ScriptedServer(Behaviour(answer=slowly)) as server,
        make_relay(server.port, connections=3) as relay,
    ):
        relay.deliver(messages(), notes, never)
    assert len(notes.answers) == 50
    assert most <= 2 * 3


def test_stop_ends_the_pulling_and_what_is_under_way_is_finished():
    notes = Notes()
    endless = (make_message(key) for key in range(1, 10**9))
    with ScriptedServer() as server, make_relay(server.port, connections=2) as relay:
        relay.deliver(endless, notes, lambda: len(notes.answers) >= 10)
    assert set(notes.answers.values()) == {OK}
    assert 10 <= len(notes.answers) <= 10 + 2 * 2
    assert len(server.accepted) == len(notes.answers)


def test_stop_is_heard_while_the_server_cannot_be_reached():
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    relay = make_relay(port, retry_waits_seconds=(60,), timeout_seconds=1)
    relay.deliver(iter(make_messages(3)), Notes(), lambda: time.monotonic() > started + 0.1)
    relay.close()
    assert time.monotonic() - started < 5


def test_when_a_delivery_is_over_nothing_of_it_waits_for_the_garbage_collector():
    """What notes the answers refers to a whole batch; connections keep the last one."""
    left = []
    gc.disable()
    try:
        with ScriptedServer() as server, make_relay(server.port, connections=3) as relay:
            for _ in range(4):
                notes = Notes()
                left.append(weakref.ref(notes))
                relay.deliver(iter(make_messages(9)), notes, never)
                assert len(notes.answers) == 9
            assert [each() for each in left] == [None, None, None, notes]
    finally:
        gc.enable()


def test_nothing_to_send_is_no_trouble():
    with ScriptedServer() as server, make_relay(server.port) as relay:
        relay.deliver(iter(()), Notes(), never)
    assert server.commands == ["EHLO [127.0.0.1]", "QUIT"]


def test_a_server_that_is_not_there_is_tried_a_few_times_and_nothing_is_pulled():
    messages = iter(make_messages(3))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    relay = make_relay(port, connections=3)
    with pytest.raises(UnreachableError, match=f"connect failed at 127.0.0.1:{port}"):
        relay.deliver(messages, Notes(), never)
    relay.close()
    assert len(list(messages)) == 3


def test_when_the_server_goes_away_what_was_not_handed_over_is_unreachable():
    first = Behaviour(answer=on_nth(".", 2, HANG_UP))
    notes = Notes()
    messages = iter(make_messages(9))
    with (
        ScriptedServer(first, Behaviour(greeting=HANG_UP)) as server,
        make_relay(server.port) as relay,
        pytest.raises(UnreachableError, match="greeting failed"),
    ):
        relay.deliver(messages, notes, never)
    assert {key: type(answer) for key, answer in notes.answers.items()} == {
        1: Reply,
        2: Lost,
        3: Unreachable,
    }
    assert len(list(messages)) == 6
    assert server.connections == 4  # one that worked, and one for each of the three waits


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
def test_a_server_that_takes_one_message_a_connection_gets_all_by_new_ones(extensions):
    """Its 421 is about the connection: a message that meets it three times is not given up."""
    closing = on_nth("MAIL", 2, b"421 4.7.0 too many messages in this connection\r\n")
    with ScriptedServer(Behaviour(answer=closing, extensions=extensions)) as server:
        notes = deliver(make_relay(server.port, connections=6), make_messages(20))
        assert len(server.accepted) == 20
    assert set(notes.answers.values()) == {OK}


def test_a_server_that_allows_fewer_connections_than_we_want_gets_fewer():
    busy = Behaviour(greeting=b"421 4.7.0 too many connections\r\n")
    steady = Behaviour(answer=slowly)
    with ScriptedServer(steady, busy) as server, make_relay(server.port, connections=3) as relay:
        for _ in range(2):
            notes = Notes()
            relay.deliver(iter(make_messages(20)), notes, never)
            assert set(notes.answers.values()) == {OK}
    assert server.connections == 1 + 2 * 4  # the second delivery lets the two others rest


def test_an_idle_connection_takes_over_what_another_one_puts_back():
    """The last message is on a connection that hangs up, while the other one has nothing to do."""

    def hang_up_later(verb, nth, line):
        if verb == "MAIL":
            time.sleep(0.1)
            return HANG_UP
        return well_behaved(verb, nth, line)

    with ScriptedServer(Behaviour(answer=hang_up_later), Behaviour()) as server:
        relay = make_relay(server.port, connections=2, retry_waits_seconds=(60,))
        started = time.monotonic()
        notes = deliver(relay, make_messages(5))
    assert set(notes.answers.values()) == {OK}
    assert time.monotonic() - started < 5


def test_a_last_message_may_wander_over_connections_that_all_break():
    """All that is left to do is put back by one connection after the other, most of them idle."""

    def late(verb, nth, line):
        if verb == "RCPT" and b"<r7@" in line:
            time.sleep(0.05)
            return HANG_UP
        return well_behaved(verb, nth, line)

    notes = Notes()
    with ScriptedServer(Behaviour(answer=late)) as server:
        relay = make_relay(server.port, connections=4)
        relay.deliver(iter(make_messages(6)), Notes(), never)
        relay.deliver(iter([make_message(7)]), notes, never)
        relay.close()
    assert notes.answers == {7: Unreachable("the server closed the connection")}
    assert not notes.begun


def test_connections_that_went_stale_are_replaced_and_held_against_nobody():
    closing = Behaviour(answer=on_nth(".", 1, b"250 ok\r\n421 idle\r\n"))
    with ScriptedServer(*[closing] * 3, Behaviour()) as server:
        relay = make_relay(server.port, connections=1, retry_waits_seconds=())
        for _ in range(3):
            notes = Notes()
            relay.deliver(iter(make_messages(1)), notes, never)
            assert notes.answers == {1: OK}
            time.sleep(0.05)
        relay.close()
    assert server.connections == 3


@pytest.mark.parametrize("said", [b"421 4.4.2 idle for too long\r\n", b"4", b"250 ok\r\n"])
def test_a_server_that_speaks_between_deliveries_is_connected_to_anew(said):
    with ScriptedServer() as server:
        relay = make_relay(server.port, retry_waits_seconds=())
        for _ in range(2):
            notes = Notes()
            relay.deliver(iter(make_messages(2)), notes, never)
            assert notes.answers == {1: OK, 2: OK}
            server.lines[-1].sendall(said)
        relay.close()
    assert server.connections == 2
    assert len(server.accepted) == 4


def test_an_idle_connection_is_not_taken_for_a_silent_one():
    def late(verb, nth, line):
        if verb == "." and b"Hello 1" in line:
            time.sleep(0.6)
        return well_behaved(verb, nth, line)

    with ScriptedServer(Behaviour(answer=late)) as server:
        relay = make_relay(server.port, connections=2, timeout_seconds=0.2)
        assert set(deliver(relay, make_messages(3)).answers.values()) == {OK}
    assert server.connections == 2


def test_a_connection_that_died_unnoticed_since_the_last_delivery_counts_for_nothing():
    mute = Behaviour(answer=on_nth("MAIL", 2, SILENCE))
    with ScriptedServer(*[mute] * 4, Behaviour()) as server:
        relay = make_relay(server.port, timeout_seconds=0.2, retry_waits_seconds=(0,))
        for _ in range(5):
            notes = Notes()
            relay.deliver(iter(make_messages(1)), notes, never)
            assert notes.answers == {1: OK}
        relay.close()
    assert server.connections == 5


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()], ids=["pipelined", "lock-step"])
@pytest.mark.parametrize("lanes", [1, 2])
def test_a_server_that_refuses_our_sender_ends_the_delivery(extensions, lanes):
    """Three refusals in a row, or one that names a policy, are about us and not about readers."""
    for reply, least in ((b"550 5.1.8 no\r\n", 3), (b"450 4.7.1 not yet\r\n", 1)):
        behaviour = Behaviour(extensions=extensions, answer=answering(MAIL=reply))
        notes = Notes()
        with ScriptedServer(behaviour) as server:
            relay = make_relay(server.port, connections=lanes)
            told = "refuses our sender bounce@example.org: " + reply.decode().strip()
            with pytest.raises(UnreachableError, match=told):
                relay.deliver(iter(make_messages(50)), notes, never)
            relay.close()
        assert least <= len(notes.answers) <= least + 2
        assert {answer.command for answer in notes.answers.values()} == {"MAIL"}
        assert not notes.begun


def test_refused_senders_between_accepted_ones_do_not_end_the_delivery():
    def every_other(verb, nth, line):
        if verb == "MAIL" and nth % 2:
            return b"550 5.1.8 this one not\r\n"
        return (
            b"503 no\r\n" if verb in ("RCPT", "DATA") and nth % 2 else well_behaved(verb, 1, line)
        )

    with ScriptedServer(Behaviour(answer=every_other)) as server:
        notes = deliver(make_relay(server.port), make_messages(8))
    assert [answer.code for answer in notes.answers.values()] == [550, 250] * 4


def test_what_the_iterator_raises_comes_out_after_the_rest_is_finished():
    def messages():
        yield from make_messages(3)
        raise LookupError("no such paper")

    notes = Notes()
    with ScriptedServer() as server, make_relay(server.port, connections=2) as relay:
        with pytest.raises(LookupError, match="no such paper"):
            relay.deliver(messages(), notes, never)
        assert notes.answers == {1: OK, 2: OK, 3: OK}
        relay.deliver(iter(make_messages(2)), again := Notes(), never)
        assert again.answers == {1: OK, 2: OK}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("asked", range(1, 12))
def test_what_stop_raises_comes_out_after_the_rest_is_finished(asked):
    """Whoever asks a database whether to stop may find it gone; also right before a final dot."""
    questions = count(1)

    def stop():
        if next(questions) == asked:
            raise LookupError("no such edition")
        return False

    notes = Notes()
    with (
        ScriptedServer() as server,
        make_relay(server.port, connections=2) as relay,
        pytest.raises(LookupError, match="no such edition"),
    ):
        relay.deliver(iter(make_messages(20)), notes, stop)
    assert set(notes.begun) == set(notes.answers) == set(range(1, len(server.accepted) + 1))
    assert len(server.accepted) < 20


def test_a_message_whose_beginning_cannot_be_noted_is_not_sent():
    class FullDisk(Notes):
        def begin(self, message):
            super().begin(message)
            if message.key == 3:
                raise OSError("no space left")

    notes = FullDisk()
    with (
        ScriptedServer() as server,
        make_relay(server.port) as relay,
        pytest.raises(OSError, match="no space left"),
    ):
        relay.deliver(iter(make_messages(9)), notes, never)
    assert [type(answer) for answer in notes.answers.values()] == [Reply, Reply] + [Unreachable] * 2
    assert len(server.accepted) == 2


def test_an_answer_that_cannot_be_noted_ends_the_delivery():
    class FullDisk(Notes):
        def answer(self, message, answer):
            super().answer(message, answer)
            if message.key == 3:
                raise OSError("no space left")

    notes = FullDisk()
    with (
        ScriptedServer() as server,
        make_relay(server.port) as relay,
        pytest.raises(OSError, match="no space left"),
    ):
        relay.deliver(iter(make_messages(9)), notes, never)
    assert [type(answer) for answer in notes.answers.values()] == [Reply] * 4
    assert len(server.accepted) == 4


@pytest.fixture
def _in_the_foreground():
    """Take Ctrl-C as at a terminal: what a shell starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_in_the_foreground")
def test_an_interrupt_answers_everything_under_way_and_comes_out():
    notes = Notes()
    silent = Behaviour(answer=answering(dot=SILENCE))
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    with ScriptedServer(silent) as server, make_relay(server.port, connections=2) as relay:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            relay.deliver(iter(make_messages(9)), notes, never)
        assert {key for key, answer in notes.answers.items() if isinstance(answer, Lost)} == {
            *notes.begun
        }
        assert len(notes.answers) == 4


def test_open_twice_and_close_twice_are_harmless():
    with ScriptedServer() as server:
        relay = make_relay(server.port)
        relay.open()
        relay.open()
        relay.close()
        relay.close()
        relay.open()
        relay.close()
    assert server.connections == 2


needs_smtp_sink = pytest.mark.skipif(
    shutil.which("smtp-sink") is None, reason="smtp-sink (Postfix) is not installed"
)


@contextmanager
def smtp_sink(*options):
    """Postfix's own test server; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(["smtp-sink", *user, *options, f"127.0.0.1:{port}", "100"])
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait()


@needs_smtp_sink
@pytest.mark.parametrize(
    ("options", "command", "code"),
    [
        ([], ".", 250),
        (["-p"], ".", 250),
        (["-e"], ".", 250),
        (["-f", "RCPT"], "RCPT", 500),
        (["-r", "RCPT"], "RCPT", 450),
        (["-f", "DATA"], "DATA", 500),
        (["-r", "."], ".", 450),
        (["-Q", "."], ".", 421),
    ],
)
def test_postfixs_sink_agrees(options, command, code):
    with smtp_sink(*options) as port:
        notes = deliver(make_relay(port, connections=3), make_messages(20))
    assert {(answer.command, answer.code) for answer in notes.answers.values()} == {(command, code)}
    assert len(notes.answers) == 20


@needs_smtp_sink
@pytest.mark.parametrize(("step", "kind"), [(".", Lost), ("RCPT", Unreachable)])
def test_postfixs_sink_hangs_up(step, kind):
    notes = Notes()
    with smtp_sink("-q", step) as port:
        relay = make_relay(port, connections=1)
        with pytest.raises(UnreachableError):
            relay.deliver(iter(make_messages(20)), notes, never)
        relay.close()
    assert {type(answer) for answer in notes.answers.values()} == {kind, Unreachable}


@pytest.mark.timeout(60)
def test_a_question_that_is_long_in_being_answered_is_not_taken_for_a_silent_server():
    """While a slow database keeps us waiting, the replies that come in are not read."""
    notes, waits = Notes(), [1.2, 1.2]

    def slowly(verb, nth, line):
        time.sleep(0.03)
        return well_behaved(verb, nth, line)

    def stop():
        # Asked now and then, right before it is looked who is silent; else by a connection.
        if notes.begun and asyncio.current_task() is not None and waits:
            time.sleep(waits.pop())
        return False

    lock_step = Behaviour(extensions=(), answer=slowly)
    with (
        ScriptedServer(lock_step) as server,
        make_relay(server.port, connections=2, timeout_seconds=1) as relay,
    ):
        relay.deliver(iter(make_messages(25)), notes, stop)
    assert not waits
    assert notes.answers == dict.fromkeys(range(1, 26), OK)
    assert server.connections == 2
