"""One connection's dialogue, against a server that does exactly what a test says."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import UnreachableError
from digest.model import Lost, Reply, Unreachable
from tests.smtp.notes import Notes, deliver, make_message, make_messages, make_relay, make_url
from tests.smtp.scripted_server import (
    HANG_UP,
    SILENCE,
    Behaviour,
    ScriptedServer,
    answering,
    on_nth,
    well_behaved,
)

PIPELINED = Behaviour()
LOCK_STEP = Behaviour(extensions=())
OK = Reply(250, "ok", ".")


def refusing(recipient, reply, otherwise=well_behaved):
    """Answer RCPT of one recipient with `reply`."""

    def answer(verb, nth, line):
        if verb == "RCPT" and recipient.encode() in line:
            return reply
        return otherwise(verb, nth, line)

    return answer


@pytest.fixture(params=[PIPELINED, LOCK_STEP], ids=["pipelined", "lock-step"])
def manner(request):
    return request.param


def test_messages_arrive_byte_for_byte_and_their_replies_are_kept(manner):
    messages = make_messages(5)
    with ScriptedServer(manner) as server:
        notes = deliver(make_relay(server.port), messages)
    assert notes.answers == {message.key: OK for message in messages}
    assert server.accepted == [(message.recipient, message.body) for message in messages]
    assert notes.begun == [1, 2, 3, 4, 5]
    assert server.connections == 1


def test_a_pipelined_envelope_goes_behind_the_final_dot_but_nothing_goes_behind_the_last_one():
    reads = []

    class Watching(ScriptedServer):
        def _read_until(self, connection, end):
            if end not in connection.unread:
                line = super()._read_until(connection, end)
                reads.append(line + connection.unread)
                return line
            return super()._read_until(connection, end)

    with Watching() as server:
        deliver(make_relay(server.port), make_messages(2))
    first, last = reads[2], reads[3]
    assert first.endswith(b".\r\nMAIL FROM:<bounce@example.org> SIZE=23\r\n"
                          b"RCPT TO:<r2@example.org>\r\nDATA\r\n")  # fmt: skip
    assert last.endswith(b"Hello 2\r\n.\r\n")


def test_replies_may_come_a_byte_at_a_time_and_on_many_lines(manner):
    long = b"250-first\r\n250-second\r\n250 2.1.0 third\r\n"
    dot = b"250-2.0.0 queued\r\n250 2.0.0 as 17\r\n"
    behaviour = replace(manner, chunk=1, answer=answering(MAIL=long, RCPT=long, dot=dot))
    with ScriptedServer(behaviour) as server:
        notes = deliver(make_relay(server.port), make_messages(3))
    assert set(notes.answers.values()) == {Reply(250, "2.0.0 queued 2.0.0 as 17", ".")}


def test_the_final_dots_refusal_is_the_messages_answer_and_the_next_one_goes_on(manner):
    behaviour = replace(manner, answer=on_nth(".", 2, b"554 5.6.0 no\r\n"))
    with ScriptedServer(behaviour) as server:
        notes = deliver(make_relay(server.port), make_messages(3))
    assert notes.answers == {1: OK, 2: Reply(554, "5.6.0 no", "."), 3: OK}


@pytest.mark.parametrize("data_reply", [b"354 go\r\n", b"554 5.5.1 no valid recipients\r\n"])
def test_a_refused_recipient_harms_no_other_message(manner, data_reply):
    def answer(verb, nth, line):
        if verb == "DATA" and nth == 2 and manner is PIPELINED:
            return data_reply
        return refusing("r2@", b"550 5.1.1 unknown\r\n")(verb, nth, line)

    with ScriptedServer(replace(manner, answer=answer)) as server:
        notes = deliver(make_relay(server.port), make_messages(4))
    assert notes.answers == {1: OK, 2: Reply(550, "5.1.1 unknown", "RCPT"), 3: OK, 4: OK}
    assert notes.begun == [1, 3, 4]
    bodies = [data for _, data in server.accepted if data]
    assert bodies == [message.body for message in make_messages(4) if message.key != 2]


def test_a_recipient_refused_at_the_end_of_the_input_gets_its_lone_dot(manner):
    behaviour = replace(manner, answer=refusing("r2@", b"450 4.2.2 full\r\n"))
    with ScriptedServer(behaviour) as server, make_relay(server.port) as relay:
        for _ in range(2):
            notes = Notes()
            relay.deliver(iter(make_messages(2)), notes, lambda: False)
            assert notes.answers == {1: OK, 2: Reply(450, "4.2.2 full", "RCPT")}
    assert server.connections == 1


def test_refusals_of_mail_and_data_name_their_command(manner):
    for verb in ("MAIL", "DATA"):
        behaviour = replace(manner, answer=on_nth(verb, 1, b"451 4.3.0 later\r\n"))
        with ScriptedServer(behaviour) as server:
            notes = deliver(make_relay(server.port), make_messages(2))
        assert notes.answers == {1: Reply(451, "4.3.0 later", verb), 2: OK}
        assert "RSET" in server.commands or (verb, manner) == ("MAIL", PIPELINED)  # a lone dot


def test_421_at_the_final_dot_is_the_answer_and_the_next_message_takes_a_new_connection(manner):
    closing = replace(manner, answer=on_nth(".", 1, b"421 4.3.2 going down\r\n"))
    with ScriptedServer(closing, manner) as server:
        notes = deliver(make_relay(server.port), make_messages(3))
    assert notes.answers == {1: Reply(421, "4.3.2 going down", "."), 2: OK, 3: OK}
    assert server.connections == 2


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    "reply", [b"421 4.3.2 bye\r\n", HANG_UP, b"no SMTP at all\r\n", b"99 x\r\n"]
)
def test_a_connection_that_ends_at_the_envelope_puts_the_message_back(manner, verb, reply):
    ending = replace(manner, answer=on_nth(verb, 2, reply))
    with ScriptedServer(ending, manner) as server:
        notes = deliver(make_relay(server.port), make_messages(3))
    assert notes.answers == {1: OK, 2: OK, 3: OK}
    assert [recipient for recipient, _ in server.accepted] == [
        f"r{n}@example.org" for n in (1, 2, 3)
    ]


@pytest.mark.parametrize("reply", [HANG_UP, b"garbage\r\n", b"354 what?\r\n", b"250 o"])
def test_a_final_reply_that_does_not_come_leaves_the_message_lost(manner, reply):
    class Careless(ScriptedServer):
        def _take_data(self, connection, recipient):
            super()._take_data(connection, recipient)
            if reply == b"250 o":
                raise ConnectionError

    ending = replace(manner, answer=on_nth(".", 2, reply))
    with Careless(ending, manner) as server:
        if reply == b"250 o":
            server.behaviours[0].answer = on_nth(".", 1, reply)
            server.behaviours.insert(1, server.behaviours[0])
        notes = deliver(make_relay(server.port), make_messages(3))
    assert isinstance(notes.answers[1 if reply == b"250 o" else 2], Lost)
    assert notes.answers[3] == OK


def test_a_reply_out_of_the_blue_ends_the_connection_before_a_body_is_begun():
    early = answering(DATA=b"354 go\r\n250 accepted already\r\n")
    with ScriptedServer(Behaviour(answer=early), PIPELINED) as server:
        notes = deliver(make_relay(server.port), make_messages(2))
    assert notes.answers == {1: OK, 2: OK}
    assert server.connections == 2


def test_a_250_counts_even_when_nonsense_follows_it(manner):
    behaviour = replace(manner, answer=on_nth(".", 1, b"250 ok\r\n421 and goodbye\r\n"))
    with ScriptedServer(behaviour, manner) as server:
        notes = deliver(make_relay(server.port), make_messages(2))
    assert notes.answers == {1: OK, 2: OK}
    assert [recipient for recipient, _ in server.accepted] == ["r1@example.org", "r2@example.org"]


def test_a_reply_without_an_end_is_cut_off(manner):
    behaviour = replace(manner, answer=on_nth("MAIL", 1, b"250 " + b"x" * 9000))
    with ScriptedServer(behaviour, manner) as server:
        notes = deliver(make_relay(server.port), make_messages(1))
    assert notes.answers == {1: OK}


def test_silence_at_the_envelope_puts_back_and_silence_after_the_dot_loses(manner):
    silent_at_first = replace(manner, answer=on_nth("MAIL", 1, SILENCE))
    silent_at_dot = replace(manner, answer=on_nth(".", 1, SILENCE))
    with ScriptedServer(silent_at_first, silent_at_dot, manner) as server:
        notes = deliver(make_relay(server.port, timeout_seconds=0.1), make_messages(2))
    assert notes.answers == {1: Lost("no reply to . within 1 seconds"), 2: OK}


def test_a_message_that_breaks_three_connections_is_unreachable(manner):
    behaviour = replace(manner, answer=refusing("r2@", HANG_UP))
    with ScriptedServer(behaviour) as server:
        notes = deliver(make_relay(server.port), make_messages(3))
    assert notes.answers == {1: OK, 2: Unreachable("the server closed the connection"), 3: OK}
    assert notes.begun == [1, 3]


def test_a_connection_is_renewed_after_its_share_of_messages(manner):
    with ScriptedServer(manner) as server:
        relay = make_relay(make_url(server.port, messages=2))
        notes = deliver(relay, make_messages(5))
    assert set(notes.answers.values()) == {OK}
    assert server.connections == 3
    assert server.commands.count("QUIT") == 3


def test_lines_that_start_with_a_dot_arrive_as_they_were(manner):
    body = b".first\r\n\r\n.\r\n..two\r\nMAIL FROM:<x@example.org>\r\n"
    with ScriptedServer(manner) as server:
        deliver(make_relay(server.port), [make_message(body=body)])
    stuffed = b"..first\r\n\r\n..\r\n...two\r\nMAIL FROM:<x@example.org>\r\n"
    assert server.accepted == [("r1@example.org", stuffed)]


def test_messages_that_we_refuse_ourselves_are_never_sent(manner):
    messages = [
        make_message(1, recipient="a@example.org>\r\nRCPT TO:<b@example.org"),
        make_message(2, body=b"x" * 100_001),
        make_message(3),
    ]
    with ScriptedServer(replace(manner, extensions=(*manner.extensions, "SIZE 100000"))) as server:
        notes = deliver(make_relay(server.port), messages)
    assert [(reply.code, reply.command) for reply in notes.answers.values()] == [
        (553, "RCPT"),
        (552, "MAIL"),
        (250, "."),
    ]
    assert notes.begun == [3]
    assert len(server.accepted) == 1


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("side", ["cut_sent", "cut_received"])
def test_wherever_the_connection_is_cut_every_fate_is_told_truthfully(manner, side, reset):
    """The dialogue of three messages is cut at every byte that the server sends or reads."""
    messages = make_messages(3)
    kinds = set()
    for position in range(1000):
        behaviour = replace(manner, **{side: position}, reset=reset)
        with ScriptedServer(behaviour, manner) as server:
            notes = deliver(make_relay(server.port), messages)
        check_fates(server, notes, messages)
        kinds.update(type(answer) for answer in notes.answers.values())
        if not server.cuts:
            break
    assert 70 < position < 999  # the whole dialogue was cut, up to its last byte
    assert kinds == {Reply, Lost}


@pytest.mark.parametrize("side", ["cut_sent", "cut_received"])
def test_connections_that_break_together_tell_the_truth_too(manner, side):
    messages = make_messages(6)
    for position in range(0, 240, 7):
        behaviour = replace(manner, **{side: position})
        with ScriptedServer(behaviour, behaviour, behaviour, manner) as server:
            notes = deliver(make_relay(server.port, connections=3), messages)
        check_fates(server, notes, messages)


def check_fates(server, notes, messages):
    """Every message has one answer, and the answer does not contradict what the server did."""
    assert set(notes.answers) == {message.key for message in messages}
    for message in messages:
        answer = notes.answers[message.key]
        times = server.accepted.count((message.recipient, message.body))
        if isinstance(answer, Reply):
            assert times == (answer.code < 300)
        elif isinstance(answer, Lost):
            assert times <= 1
            assert message.key in notes.begun
        else:
            assert times == 0


REPLIES = st.sampled_from(
    [
        b"250 ok\r\n",
        b"250-ok\r\n250 ok\r\n",
        b"250 ok\r\n250 twice\r\n",
        b"354 go\r\n",
        b"354 go\r\n250 too early\r\n",
        b"421 closing\r\n",
        b"450 later\r\n",
        b"550 never\r\n",
        b"550 never\r\n421 closing\r\n",
        b"nonsense\r\n",
        HANG_UP,
    ]
)
SENDER_REFUSED = {Reply(550, "never", "MAIL")}
CUES = st.dictionaries(
    st.tuples(st.sampled_from(["MAIL", "RCPT", "DATA", ".", "RSET"]), st.integers(1, 4)),
    REPLIES,
    min_size=1,
    max_size=4,
)


@given(CUES, CUES, st.booleans(), st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_whatever_the_server_says_every_fate_is_told_truthfully(first, second, pipelined, lanes):
    manner = PIPELINED if pipelined else LOCK_STEP
    messages = make_messages(5)

    def following(cues):
        return lambda verb, nth, line: cues.get((verb, nth), well_behaved(verb, nth, line))

    behaviours = [replace(manner, answer=following(cues)) for cues in (first, second)]
    notes = Notes()
    with ScriptedServer(*behaviours, manner) as server:
        relay = make_relay(server.port, connections=lanes)
        try:
            relay.deliver(iter(messages), notes, lambda: False)
        except UnreachableError:  # three senders refused in a row: the rest is not pulled
            refused = [key for key, answer in notes.answers.items() if answer in SENDER_REFUSED]
            assert len(refused) >= 3
            messages = [message for message in messages if message.key in notes.answers]
        finally:
            relay.close()
    check_fates(server, notes, messages)


def test_a_server_that_never_keeps_a_connection_ends_the_delivery():
    with ScriptedServer(Behaviour(answer=answering(MAIL=HANG_UP))) as server:
        notes = Notes()
        with (
            make_relay(server.port) as relay,
            pytest.raises(UnreachableError, match=r"session failed at 127\.0\.0\.1"),
        ):
            relay.deliver(iter(make_messages(9)), notes, lambda: False)
    assert {type(answer) for answer in notes.answers.values()} == {Unreachable}
    assert len(notes.answers) == 2  # the first met three broken connections, the second the last
    assert server.connections == 4
