"""More than one server: shares, limits, and who takes over when one fails."""

import socket
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UnreachableError
from digest.model import Lost, Reply
from digest.smtp.pool import share_out
from digest.smtp.smtp_url import Limits, SmtpUrl
from tests.smtp.notes import Notes, deliver, make_messages, make_relay, make_url
from tests.smtp.scripted_server import (
    HANG_UP,
    Behaviour,
    ScriptedServer,
    answering,
    on_nth,
    slowly,
    well_behaved,
)


def never():
    return False


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def everybody_once(notes, count, *servers):
    """Whether each message was accepted by exactly one of the servers, and noted so."""
    got = Counter(recipient for server in servers for recipient, _ in server.accepted)
    return (
        {answer.code for answer in notes.answers.values()} == {250}
        and len(notes.answers) == len(got) == count
        and set(got.values()) == {1}
    )


def test_two_servers_share_the_work():
    with ScriptedServer() as one, ScriptedServer() as two:
        urls = [make_url(one.port, weight=3), make_url(two.port, weight=1)]
        notes = deliver(make_relay(*urls, connections=8), make_messages(200))
        assert everybody_once(notes, 200, one, two)
        assert (one.connections, two.connections) == (6, 2)


def test_what_one_server_cannot_take_another_does():
    dead = make_url(closed_port())
    with ScriptedServer() as alive:
        relay = make_relay(dead, make_url(alive.port), connections=4)
        relay.open()  # the first does not answer, the second does
        notes = deliver(relay, make_messages(50))
        assert everybody_once(notes, 50, alive)


def test_a_server_that_goes_away_in_the_middle_costs_only_what_had_no_reply():
    dying = Behaviour(answer=on_nth(".", 20, HANG_UP))
    with ScriptedServer(dying) as one, ScriptedServer() as two:
        relay = make_relay(make_url(one.port), make_url(two.port), connections=2)
        notes = deliver(relay, make_messages(300))
    kinds = Counter(type(answer) for answer in notes.answers.values())
    assert kinds[Reply] + kinds[Lost] == 300
    assert kinds[Lost] <= one.connections


def test_a_stand_in_gets_work_only_when_the_others_fail():
    with ScriptedServer() as regular, ScriptedServer() as reserve:
        stand_in = make_url(reserve.port, weight=0)
        notes = deliver(make_relay(stand_in, make_url(regular.port)), make_messages(30))
        assert everybody_once(notes, 30, regular)
        assert reserve.connections == 0
        relay = make_relay(stand_in, make_url(closed_port()))
        for _ in range(2):  # the second time it is known that the other one rests
            notes = Notes()
            relay.deliver(iter(make_messages(30)), notes, never)
            assert {answer.code for answer in notes.answers.values()} == {250}
        relay.close()
        assert len(reserve.accepted) == 60


def test_a_server_that_refuses_our_sender_leaves_the_rest_to_the_other():
    refusing = Behaviour(answer=answering(MAIL=b"550 5.7.1 not you\r\n"))
    with ScriptedServer(refusing) as one, ScriptedServer(Behaviour(answer=slowly)) as two:
        relay = make_relay(make_url(one.port), make_url(two.port), connections=2)
        notes = deliver(relay, make_messages(40))
    refused = [answer for answer in notes.answers.values() if answer.code == 550]
    assert len(notes.answers) == 40
    assert 1 <= len(refused) <= 2
    assert len(two.accepted) == 40 - len(refused)


def test_when_all_fail_the_last_reason_is_told():
    relay = make_relay(closed_port(), closed_port(), connections=2)
    with pytest.raises(UnreachableError, match="connect failed"):
        relay.open()
    notes = Notes()
    with pytest.raises(UnreachableError, match="connect failed"):
        relay.deliver(iter(make_messages(5)), notes, never)
    relay.close()
    assert not notes.begun


class CountingLimiter:
    """Lets through what `wait` says at the so manieth question, and counts what it gave."""

    def __init__(self, wait=lambda _number: 0.0):
        self.asked = []
        self.given = 0
        self.closed = 0
        self._wait = wait

    def __call__(self):
        self.asked.append(time.monotonic())
        wait = self._wait(len(self.asked))
        self.given += not wait
        return wait

    def give_back(self):
        self.given -= 1

    def close(self):
        self.closed += 1


def test_a_gate_holds_messages_back_until_it_opens():
    limiter = CountingLimiter(lambda number: 0.2 if number % 4 == 0 else 0.0)
    asked = limiter.asked
    with ScriptedServer() as server:
        relay = make_relay(make_url(server.port), connections=2, rate_limiter=lambda _url: limiter)
        started = time.monotonic()
        notes = deliver(relay, make_messages(9))
        assert everybody_once(notes, 9, server)
    assert time.monotonic() - started >= 0.4  # it was closed after three and after six
    assert asked[4] - asked[3] >= 0.19


@pytest.mark.timeout(60)
def test_what_a_gate_raises_comes_out_after_the_rest_is_finished():
    def wait(number):
        if number == 5:
            raise LookupError("nobody counts")
        return 0.0

    notes = Notes()
    with ScriptedServer() as server:
        relay = make_relay(
            server.port, connections=2, rate_limiter=lambda _url: CountingLimiter(wait)
        )
        with relay, pytest.raises(LookupError, match="nobody counts"):
            relay.deliver(iter(make_messages(9)), notes, never)
    assert everybody_once(notes, 4, server)


def test_a_wish_to_stop_is_heard_while_a_gate_is_closed():
    stopping = []
    with ScriptedServer() as server:
        limiter = CountingLimiter(lambda _number: 3600.0)
        relay = make_relay(server.port, timeout_seconds=1, rate_limiter=lambda _url: limiter)
        started = time.monotonic()

        def stop():
            stopping.append(time.monotonic() - started > 0.5)
            return stopping[-1]

        notes = deliver(relay, make_messages(3), stop=stop)
    assert not notes.answers
    assert time.monotonic() - started < 10


def test_no_permission_is_kept_that_no_message_was_sent_with():
    limiter, stopped = CountingLimiter(), []

    def stop():
        stopped.append(1)
        return len(stopped) > 12

    with ScriptedServer() as server:
        with make_relay(server.port, connections=2, rate_limiter=lambda _url: limiter) as relay:
            for count in (5, 0, 1):
                deliver(relay, make_messages(count))
            assert limiter.given == 6
            notes = deliver(relay, make_messages(50), stop=stop)
            assert 0 < len(notes.answers) < 50
            assert limiter.given == 6 + len(notes.answers)
            closed = limiter.closed
        assert limiter.closed > closed


def test_a_connection_is_renewed_when_it_is_old_enough():
    def slowly(verb, nth, line):
        if verb == ".":
            time.sleep(0.15)
        return well_behaved(verb, nth, line)

    with ScriptedServer(Behaviour(answer=slowly)) as server:
        notes = deliver(make_relay(make_url(server.port, seconds=1)), make_messages(12))
        assert everybody_once(notes, 12, server)
        assert server.connections >= 2


@given(
    st.lists(st.builds(Limits, st.integers(0, 9), st.integers(0, 20)), min_size=1, max_size=6),
    st.integers(1, 100),
)
def test_connections_are_shared_by_weight_and_everybody_gets_one(limits, connections):
    urls = [SmtpUrl("smtp", "mail.example.org", 25, limits=each) for each in limits]
    if not any(each.weight for each in limits):
        return
    shares = share_out(urls, connections)
    assert all(share >= 1 for share in shares)
    for each, share in zip(limits, shares, strict=True):
        if each.connections:
            assert share == each.connections
        elif each.weight:
            exact = connections * each.weight / sum(other.weight for other in limits)
            assert share == max(1, int(exact + 1e-9))
